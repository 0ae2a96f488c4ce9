package console

import "ordo/internal/api"

// verifyStatus is what the checks of the data found last, and how far one that is under way is.
func (v *visit) verifyStatus(p *systemPage) error {
	var list api.List[api.Verification]
	if err := v.get("listVerifications", nil, nil, &list); err != nil {
		return err
	}
	if len(list.Data) > 0 {
		p.Verify, p.Earlier = &list.Data[0], list.Data[1:min(6, len(list.Data))]
	}
	p.Begins = p.Verify != nil && p.Verify.State == "queued"
	p.Check = pageAction{Text: "Verify now", Path: systemPath + "/verify", Primary: true}
	if p.Begins || p.Verify != nil && p.Verify.State == "running" {
		p.Check.No = v.t("It is under way.")
	}
	return nil
}

func verifyForm(v *visit) (*subject, error) {
	return &subject{
		name: v.t("System"), back: systemPath,
		about: v.t("All documents, stock, money and reports are compared with the journal, and the journal with its hashes, on one snapshot: nobody has to wait. Where there is much, it takes minutes; you can leave the page."),
		done:  func([]byte) string { return v.t("The check has begun.") },
	}, nil
}
