package source

// The YAML forms below use the older interface of go.yaml.in/yaml/v3: its inner
// decoding keeps the decoder's strictness and collects errors with their lines,
// which decoding a *yaml.Node does not.

type decode = func(any) error

// UnmarshalYAML reads a path, a list of paths or the long form.
func (v *Value) UnmarshalYAML(decode func(any) error) error {
	if paths, ok := pathsOf(decode); ok {
		*v = Value{Path: paths}
		return nil
	}
	var long struct {
		Path   paths    `yaml:"path"`
		CEL    string   `yaml:"cel"`
		Lookup *Lookup  `yaml:"lookup"`
		Const  string   `yaml:"const"`
		Times  []string `yaml:"times"`
		Zone   string   `yaml:"zone"`
	}
	if err := decode(&long); err != nil {
		return err
	}
	*v = Value{Path: long.Path, CEL: long.CEL, Lookup: long.Lookup, Const: long.Const, Times: long.Times, Zone: long.Zone}
	return nil
}

// UnmarshalYAML reads the kind's name or the long form.
func (i *Identity) UnmarshalYAML(decode func(any) error) error {
	var kind string
	if decode(&kind) == nil {
		*i = Identity{Kind: kind}
		return nil
	}
	var long struct {
		Kind string `yaml:"kind"`
		Path paths  `yaml:"path"`
	}
	if err := decode(&long); err != nil {
		return err
	}
	*i = Identity{Kind: long.Kind, Path: long.Path}
	return nil
}

// UnmarshalYAML reads one value or a list of them.
func (v *Values) UnmarshalYAML(decode func(any) error) error {
	var list []any
	if decode(&list) == nil {
		var many []Value
		if err := decode(&many); err != nil {
			return err
		}
		*v = many
		return nil
	}
	var one Value
	if err := decode(&one); err != nil {
		return err
	}
	*v = Values{one}
	return nil
}

// paths is one path or a list of alternatives.
type paths []string

// UnmarshalYAML reads one path or a list of them.
func (p *paths) UnmarshalYAML(decode func(any) error) error {
	list, ok := pathsOf(decode)
	if !ok {
		return decode(&list)
	}
	*p = list
	return nil
}

func pathsOf(decode decode) ([]string, bool) {
	var one string
	if decode(&one) == nil {
		return []string{one}, true
	}
	var many []string
	if decode(&many) == nil {
		return many, true
	}
	return nil, false
}
