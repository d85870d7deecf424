package main

import (
	"io/fs"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

// composePatience bounds what one of these tests waits for one thing.
const composePatience = 60 * time.Second

// inside is a directory for each service that holds what its container would: the files
// that are mounted, its secrets and its volumes, each under its path in the container.
type inside struct {
	dir     string
	project *types.Project
}

// ran are the services that the tests run, or a part of.
func ran() []string {
	return []string{"takt", "simulator", "gateway", "poll", "clickhouse", "prometheus", "alertmanager"}
}

// newInside copies what these services mount. In texts the container's paths become
// those of the copies, and names of services the addresses given as "name:port", "address".
func newInside(t *testing.T, project *types.Project, secrets string, addresses ...string) *inside {
	t.Helper()
	in := &inside{dir: t.TempDir(), project: project}
	for _, name := range ran() {
		s := project.Services[name]
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeVolume {
				if err := os.MkdirAll(in.path(name, v.Target), 0o755); err != nil {
					t.Fatal(err)
				}
				continue
			}
			in.copy(t, name, v.Source, v.Target, strings.NewReplacer(addresses...))
		}
		for _, secret := range s.Secrets {
			in.copy(t, name, filepath.Join(secrets, secret.Source), path.Join(secretsIn, secret.Source), strings.NewReplacer())
		}
	}
	return in
}

// path returns where a path of a service's container is.
func (in *inside) path(service, name string) string {
	return filepath.Join(in.dir, service, filepath.FromSlash(name))
}

// mapped replaces the container's paths in a text by those of the copies.
func (in *inside) mapped(service, text string) string {
	pairs := []string{secretsIn, in.path(service, secretsIn), "/etc/takt", in.path(service, "/etc/takt")}
	for _, v := range in.project.Services[service].Volumes {
		pairs = append(pairs, v.Target, in.path(service, v.Target))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// command returns the service's command, its paths mapped.
func (in *inside) command(service string) (args []string) {
	for _, arg := range in.project.Services[service].Command {
		args = append(args, in.mapped(service, arg))
	}
	return args
}

func (in *inside) copy(t *testing.T, service, from, to string, addresses *strings.Replacer) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		copied := filepath.Join(in.path(service, to), relative)
		if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
			return err
		}
		write(t, copied, addresses.Replace(in.mapped(service, string(text))))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// free returns an address of this machine at which nobody listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(within(t, composePatience), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
