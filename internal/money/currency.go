package money

import "strings"

// currencies are the codes of ISO 4217, list one, for money that can be paid: no metals, funds for settlement between
// banks, nor test codes. The table is our own because Unicode's data, which golang.org/x/text carries, gives the
// decimals that people show and not those of the standard (RSD 0 for 2, IQD 0 for 3), and payment providers count in
// those of the standard: a price would be wrong by a factor of 100.
var currencies = codes(`
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP
GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD
OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST
XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
` + withdrawn)

// withdrawn left the standard since 2020; orders of that time are still imported.
const withdrawn = `ANG BGN CUC HRK SLL ZWL`

// exponents are the decimals of the currencies that have other than two.
var exponents = decimals(map[int]string{
	0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF`,
	3: `BHD IQD JOD KWD LYD OMR TND`,
	4: `CLF UYW`,
})

func codes(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func decimals(words map[int]string) map[string]int {
	m := map[string]int{}
	for n, list := range words {
		for _, w := range strings.Fields(list) {
			m[w] = n
		}
	}
	return m
}

// ValidCurrency reports whether code is an ISO 4217 currency in capitals.
func ValidCurrency(code string) bool { return currencies[code] }

// Exponent returns how many decimals the currency has: EUR 2, JPY 0, BHD 3; 2 for a code that is none.
func Exponent(code string) int {
	if n, ok := exponents[code]; ok {
		return n
	}
	return 2
}
