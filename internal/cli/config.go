package cli

import "ordo/internal/config"

type configCmd struct {
	settings
	YAML bool `name:"yaml" help:"Print a file that can be used as ordo.yaml, without secrets."`
}

func newConfigCmd() configCmd { return configCmd{settings: newSettings()} }

// Help is shown by ordo help config.
func (*configCmd) Help() string {
	return "Flags count more than the environment (ORDO_LISTEN for listen), and that more than the file. Secrets are hidden."
}

func (c *configCmd) Run(e *env) error {
	_, values, err := c.load(e)
	if err != nil {
		return err
	}
	if c.YAML {
		return config.WriteYAML(e.out, values)
	}
	return config.WriteTable(e.out, values)
}
