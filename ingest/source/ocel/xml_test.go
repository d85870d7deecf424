package ocel

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const xmlLog = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a log -->
<log>
 <event-types><event-type name="place order"><attributes><attribute name="价格" type="float"/></attributes></event-type></event-types>
 <events>
  <event id="e1" type="place order" time="2025-11-27T09:12:00Z">
   <attributes><attribute name="价格">12.50</attribute><attribute name="note">a "b"</attribute><attribute name="ocel:eid">x</attribute></attributes>
   <objects>
    <relationship object-id="i1" qualifier="item"/><object object-id="o1" qualifier="order"></object><object object-id="o1" qualifier="again"/>
    <object object-id="i2" qualifier="item"><more><object id="x"/></more></object>
   </objects>
  </event>
  <event id="e2" time="2025-11-28T00:00:00+01:00" type="pay"><objects><object object-id="lost"/></objects></event>
 </events>
 <object-types/>
 <objects>
  <object id="o1" type="订单"><attributes><attribute name="p" time="1970-01-01T00:00:00Z">1</attribute></attributes><objects><relationship object-id="i1" qualifier="has"/></objects></object>
  <object id="i1" type="items"/>
  <object type="items" id="i2"/>
 </objects>
</log>`

func TestXML(t *testing.T) {
	got, err := all(XML(again(xmlLog)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rowsOfLog(`"12.50"`), got); diff != "" {
		t.Error(diff)
	}
}

func TestWrongXML(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"another root", "<SECRET><events/><objects/></SECRET>", errBroken.Error()},
		{"no events", "<log><objects/></log>", errBroken.Error()},
		{"a log in XES", "<log><trace><event/></trace></log>", errBroken.Error()},
		{"nothing", "", errBroken.Error()},
		{"cut off", xmlLog[:strings.Index(xmlLog, "</events>")], "it is no XML"},
		{"no XML", "<log><objects/><events>&SECRET;</events></log>", "it is no XML"},
		{"an event without end", `<log><events><event id="` + strings.Repeat("SECRET", maxPart/6+99_999), "a part of it is too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := all(XML(again(tt.text)))
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}

// FuzzXML holds that no text breaks the reader and that every row is JSON.
func FuzzXML(f *testing.F) {
	f.Add(xmlLog)
	f.Add(`<log><objects><object/></objects><events><event><a object-id="b"/></event></events></log>`)
	f.Fuzz(func(t *testing.T, text string) { valid(t, text)(all(XML(again(text)))) })
}
