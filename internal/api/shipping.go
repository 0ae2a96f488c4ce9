package api

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/shipping"
	"ordo/internal/work"
)

func putCarrier(c *call) error {
	if err := c.allChannels(); err != nil { // all channels share it
		return err
	}
	var in PutCarrier
	if err := c.decode(&in); err != nil {
		return err
	}
	d := &shipping.Carrier{
		Meta: doc.Meta{ID: c.r.PathValue("code")}, Name: in.Name, Provider: in.Provider, Active: yes(in.Active), Services: []shipping.Service{}, Settings: shipping.Settings(in.Settings),
	}
	for _, s := range in.Services {
		d.Services = append(d.Services, shipping.Service(s))
	}
	return save(c, d, c.s.app.SaveCarrier, carrierJSON)
}

func getCarrier(c *call) error {
	return read(c, c.r.PathValue("code"), c.s.app.Carrier, carrierJSON)
}

func listCarriers(c *call) error {
	return list(c, c.s.app.ListCarriers, carrierJSON, func(d *shipping.Carrier) string { return d.ID })
}

func putRates(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	var in PutRates
	if err := c.decode(&in); err != nil {
		return err
	}
	m, err := c.meta(nil)
	if err != nil {
		return err
	}
	cmd := app.SaveRates{Carrier: c.r.PathValue("code"), CSV: in.CSV, Heading: shipping.Heading{
		Currency: in.Currency, Divisor: in.Divisor, FuelRate: in.FuelRate, Residential: in.Residential, Oversize: in.Oversize, OversizeMM: in.OversizeMM, Remote: in.Remote,
	}}
	if c.dryRun() {
		d, err := c.s.app.TryImportRates(c.r.Context(), cmd, m)
		if err != nil {
			return away(err)
		}
		c.w.Header().Set("Dry-Run", "true")
		write(c.w, http.StatusOK, typeJSON, jsonx.Marshal(ratesJSON(d)))
		return nil
	}
	d, err := c.s.app.ImportRates(c.r.Context(), cmd, m)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, ratesJSON(d))
}

func getRates(c *call) error {
	return read(c, c.r.PathValue("code"), c.s.app.Carrier, ratesJSON)
}

// labelRequest reads what a label or quotes are wanted for.
func (c *call) labelRequest(pack, carrier, service string, p *Parcel) (app.LabelRequest, error) {
	f, err := c.fulfillmentID()
	if err != nil {
		return app.LabelRequest{}, err
	}
	r := app.LabelRequest{Fulfillment: f.ID, Package: pack, Carrier: carrier, Service: service}
	if p != nil {
		r.Parcel = (*shipping.Parcel)(p)
	}
	return r, nil
}

func ratePackage(c *call) error {
	var in RatePackage
	if err := c.decode(&in); err != nil {
		return err
	}
	r, err := c.labelRequest(in.Package, "", "", in.Parcel)
	if err != nil {
		return err
	}
	if _, err := c.meta(nil); err != nil {
		return err
	}
	rating, err := c.s.app.Rate(c.r.Context(), r)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, ratingJSON(rating))
}

func buyLabel(c *call) error {
	var in BuyLabel
	if err := c.decode(&in); err != nil {
		return err
	}
	r, err := c.labelRequest(in.Package, in.Carrier, in.Service, in.Parcel)
	if err != nil {
		return err
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.BuyLabel(c.r.Context(), r, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryBuyLabel(c.r.Context(), r, m) },
		labelAnswer(http.StatusCreated))
}

func labelAnswer(code int) func(any) work.Answer {
	return rendered(code, func(v *app.LabelView) Label { return labelJSON(v.Label) })
}

// label renders the answers that are given when a carrier has spoken.
func (s *Server) label(l *shipping.Label) work.Answer {
	code := http.StatusCreated
	if len(l.Attempts) > 0 && l.Attempts[len(l.Attempts)-1].Kind == shipping.Void {
		code = http.StatusOK
	}
	return work.Answer{Status: code, Body: jsonx.Marshal(labelJSON(l))}
}

// labelID checks the id in the path and whether the key sees its order.
func (c *call) labelID() (*shipping.Label, error) {
	id := c.r.PathValue("id")
	if !ids.Valid("lbl", id) {
		return nil, errs.Unknown("label", id)
	}
	l, err := c.s.app.Label(c.r.Context(), id)
	if err != nil {
		return nil, away(err)
	}
	if len(c.key.Channels) > 0 {
		if _, err := c.visible(l.Order); err != nil {
			if errs.ClassOf(err) == errs.NotFound {
				err = errs.Unknown("label", id)
			}
			return nil, err
		}
	}
	return l, nil
}

func getLabel(c *call) error {
	l, err := c.labelID()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, labelJSON(l))
}

func getLabelFile(c *call) error {
	l, err := c.labelID()
	if err != nil {
		return err
	}
	pdf, err := c.s.app.LabelPaper(c.r.Context(), l.ID)
	if err != nil {
		return away(err)
	}
	return c.document(app.Paper{Name: l.ID + ".pdf", PDF: pdf})
}

func listLabels(c *call) error {
	f, err := c.fulfillmentID()
	if err != nil {
		return err
	}
	labels, err := c.s.app.LabelsOf(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	out := List[Label]{Data: []Label{}}
	for _, l := range labels {
		out.Data = append(out.Data, labelJSON(l))
	}
	return c.reply(http.StatusOK, out)
}

func voidLabel(c *call) error {
	l, err := c.labelID()
	if err != nil {
		return err
	}
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Void(c.r.Context(), l.ID, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryVoid(c.r.Context(), l.ID, m) },
		labelAnswer(http.StatusOK))
}

func getTracking(c *call) error {
	f, err := c.fulfillmentID()
	if err != nil {
		return err
	}
	labels, err := c.s.app.LabelsOf(c.r.Context(), f)
	if err != nil {
		return away(err)
	}
	out := Tracking{Fulfillment: f.ID, Status: string(f.Status), Packages: []PackageTracking{}}
	for _, l := range labels {
		if l.TrackingNumber != "" && l.Status != shipping.Voided {
			out.Packages = append(out.Packages, trackingJSON(l))
		}
	}
	return c.reply(http.StatusOK, out)
}

func refreshTracking(c *call) error {
	l, err := c.labelID()
	if err != nil {
		return err
	}
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	return c.run(func(m work.Meta) work.Outcome { return c.s.app.Refresh(c.r.Context(), l.ID, m) }, nil, labelAnswer(http.StatusOK))
}

func addTracking(c *call) error {
	l, err := c.labelID()
	if err != nil {
		return err
	}
	var in AddTracking
	if err := c.decode(&in); err != nil {
		return err
	}
	scan, err := in.scan()
	if err != nil {
		return err
	}
	cmd := app.RecordScans{Label: l.ID, Source: shipping.Manual, Scans: []shipping.Scan{scan}, By: c.key.ID}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Track(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryTrack(c.r.Context(), cmd, m) },
		labelAnswer(http.StatusOK))
}

func getPromise(c *call) error {
	q := c.query
	to := address.Address{Country: q.Get("country"), Region: q.Get("region"), PostalCode: q.Get("postal_code")}
	switch {
	case !address.ValidCountry(to.Country):
		return errs.New(errs.Malformed, "invalid_parameter", "country is an ISO 3166-1 alpha-2 code such as GB")
	case (q.Get("channel") == "" || q.Get("shipping_method") == "") && (q.Get("carrier") == "" || q.Get("service") == ""):
		return errs.New(errs.Malformed, "invalid_parameter", "name channel and shipping_method, or carrier and service")
	case q.Get("channel") != "" && !c.key.Sees(q.Get("channel")):
		return c.s.refused(c, errs.Unknown("channel", q.Get("channel")))
	}
	found, err := c.s.app.Promises(c.r.Context(), app.PromiseQuery{
		Channel: q.Get("channel"), Method: q.Get("shipping_method"), Carrier: q.Get("carrier"), Service: q.Get("service"), Location: q.Get("location"), To: to,
	})
	if err != nil {
		return away(err)
	}
	out := List[Promise]{Data: []Promise{}}
	for _, p := range found {
		out.Data = append(out.Data, Promise{p.Location, p.Promise.Ships.String(), p.Promise.Earliest.String(), p.Promise.Latest.String()})
	}
	return c.reply(http.StatusOK, out)
}

func changePromise(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in ChangePromise
	if err := c.decode(&in); err != nil {
		return err
	}
	var list errs.List
	cmd := app.ChangePromise{Order: id, Reason: in.Reason, Lines: in.Lines}
	for _, d := range []struct {
		at, text string
		to       *shipping.Date
	}{{"/earliest", in.Earliest, &cmd.Earliest}, {"/latest", in.Latest, &cmd.Latest}} {
		if d.text == "" {
			continue
		}
		day, ok := shipping.ParseDate(d.text)
		if *d.to = day; !ok {
			list.Add(d.at, "invalid_date", "a date has the form 2026-11-24")
		}
	}
	if err := list.Err(); err != nil {
		return err
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.Repromise(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryRepromise(c.r.Context(), cmd, m) },
		orderAnswer(http.StatusOK))
}

func carrierWebhook(c *call) error {
	h, err := c.s.app.Hear(c.r.Context(), c.r.PathValue("code"), c.r.Header, c.body)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, Heard(h))
}

// scan checks a row that a person wrote.
func (in AddTracking) scan() (shipping.Scan, error) {
	var list errs.List
	at, err := time.Parse(time.RFC3339, in.At)
	if err != nil || at.Year() < 2000 || at.Year() > 2999 {
		list.Add("/at", "invalid_time", "give when it happened, such as 2026-11-24T10:30:00Z")
	}
	code := shipping.Code(in.Code)
	if !slices.Contains(shipping.Codes, code) {
		list.Add("/code", "unknown_value", "give one of %s", strings.Join(texts(shipping.Codes), ", "))
	}
	if utf8.RuneCountInString(in.Message) > 200 {
		list.Add("/message", "too_long", "at most 200 characters")
	}
	return shipping.Scan{Code: code, At: micros.Of(at), Message: in.Message}, list.Err()
}
