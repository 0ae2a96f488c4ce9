package cli

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/alecthomas/kong"

	"ordo/internal/config"
)

// settings are the flags of commands that read the configuration, made from the table of settings: a setting is
// described once.
type settings struct {
	Config string `name:"config" placeholder:"FILE" help:"File with settings (default: ./ordo.yaml if there is one)."`
	kong.Plugins
}

func newSettings() settings {
	var fields []reflect.StructField
	for i := range config.Settings {
		s := &config.Settings[i]
		if s.Flag == "" {
			continue
		}
		help := s.Help
		if s.Default != "" {
			help = fmt.Sprintf("%s (default: %s)", s.Help, s.Default)
		}
		tag := fmt.Sprintf("name:%q placeholder:%q help:%s", s.Flag, s.Type.Name, strconv.Quote(help+"."))
		fields = append(fields, reflect.StructField{Name: fieldOf(i), Type: reflect.TypeFor[*string](), Tag: reflect.StructTag(tag)})
	}
	return settings{Plugins: kong.Plugins{reflect.New(reflect.StructOf(fields)).Interface()}}
}

func fieldOf(i int) string { return "Setting" + strconv.Itoa(i) }

// load reads flags, environment and file.
func (s *settings) load(e *env) (config.Config, []config.Value, error) {
	given := map[string]string{}
	values := reflect.ValueOf(s.Plugins[0]).Elem()
	for i := range config.Settings {
		if f := values.FieldByName(fieldOf(i)); f.IsValid() && !f.IsNil() {
			given[config.Settings[i].Name] = f.Elem().String()
		}
	}
	return config.Load(config.Sources{Flags: given, Environ: e.environ, File: s.Config})
}
