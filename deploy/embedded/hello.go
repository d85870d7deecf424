package embedded

// hello answers the driver's first question, SELECT displayName(), version(),
// revision(), timezone(). The driver expects a Native block of the newest
// revision, and from the revision in it decides how to read all later blocks.
// Revision 0 is the one that the engine writes.
func hello(version string) []byte {
	b := []byte{1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0} // block info of newer revisions
	b = append(b, 4, 1)                             // columns, rows
	for _, c := range []struct{ name, kind, value string }{
		{"displayName()", "String", "takt-embedded"},
		{"version()", "String", version},
		{"revision()", "UInt32", "\x00\x00\x00\x00"},
		{"timezone()", "String", "UTC"},
	} {
		b = appendString(b, c.name)
		b = appendString(b, c.kind)
		b = append(b, 0) // no custom serialization
		if c.kind == "String" {
			b = appendString(b, c.value)
		} else {
			b = append(b, c.value...)
		}
	}
	return b
}

// appendString writes a string of less than 128 bytes as Native has it.
func appendString(b []byte, s string) []byte {
	return append(append(b, byte(len(s))), s...)
}
