package notify

import "slices"

// Person is somebody who can be mentioned; what is empty is unknown.
type Person struct {
	Name           string // as events and process files name owners
	ID             string // another name under which systems know the person
	Team           string
	WeCom          string // userid in WeCom
	Mobile         string
	DingTalk       string // userId in DingTalk
	DingTalkMobile string // where it is not Mobile
	Feishu         string // open_id in Feishu
	Email          string
}

// Staff is everybody who can be mentioned, in the order of the file.
type Staff []Person

// mentionsMost bounds the people whom one message mentions.
const mentionsMost = 5

// Named returns the person of that name or ID.
func (s Staff) Named(name string) (Person, bool) {
	i := slices.IndexFunc(s, func(p Person) bool { return name != "" && (p.Name == name || p.ID == name) })
	if i < 0 {
		return Person{}, false
	}
	return s[i], true
}

// Of returns those of a team, the first of the file first, at most five.
func (s Staff) Of(team string) []Person {
	var all []Person
	for _, p := range s {
		if team != "" && p.Team == team && len(all) < mentionsMost {
			all = append(all, p)
		}
	}
	return all
}

// owners returns whom a message mentions: the owner, else the owner's team.
func (s Staff) owners(owner, team string) []Person {
	if p, ok := s.Named(owner); ok {
		return []Person{p}
	}
	return s.Of(team)
}

func (p *Person) dingTalkMobile() string {
	if p.DingTalkMobile != "" {
		return p.DingTalkMobile
	}
	return p.Mobile
}
