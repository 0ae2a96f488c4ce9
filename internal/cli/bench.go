package cli

import "errors"

type benchCmd struct{}

func (benchCmd) Run(_ *env) error { return errors.New("in the making") }
