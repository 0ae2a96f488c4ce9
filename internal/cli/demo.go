package cli

import "errors"

type demoCmd struct{}

func (demoCmd) Run(_ *env) error { return errors.New("in the making") }
