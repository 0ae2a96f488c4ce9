package catalog

import (
	"time"

	"ordo/internal/hours"
)

// Hours is when a location works: what promises of delivery are computed from. Package shipping says what the values
// mean, and checks them.
type Hours struct {
	TimeZone       string   `json:"time_zone,omitzero" maxLength:"64" doc:"IANA name; UTC when left out" example:"Europe/London"`
	CutOff         string   `json:"cut_off,omitzero" maxLength:"5" doc:"orders from this time of day on count as of the next working day" example:"14:00"`
	ProcessingDays int64    `json:"processing_days,omitzero" minimum:"0" maximum:"60" doc:"working days between an order and its leaving"`
	WorkDays       []string `json:"work_days,omitzero" doc:"mon to sun; Monday to Friday when left out"`
	Holidays       string   `json:"holidays,omitzero" maxLength:"10" doc:"country whose public holidays it keeps" example:"GB"`

	SpecialDays []hours.SpecialDay `json:"special_days,omitzero" maxItems:"200" doc:"dates with hours of their own: they come before holidays and work days. Orders from closes on, if that is before the cut-off, count as of the next working day"`
}

// validZone takes "" for UTC. "Local" is that of the machine, which is not the same everywhere.
func validZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local" && len(name) <= 64
}
