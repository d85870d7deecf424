package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	compose "github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

var update = flag.Bool("update", false, "write what deploy holds of takt's output")

// secretsIn is where containers find secrets.
const secretsIn = "/run/secrets"

// composed loads deploy/compose.yaml as docker compose does, with more files of deploy
// over it and with fresh secrets; the simulator and what feeds it are in it.
func composed(t *testing.T, more ...string) (project *types.Project, secrets string) {
	t.Helper()
	var files []string
	for _, name := range append([]string{"compose.yaml"}, more...) {
		files = append(files, filepath.Join(root, "deploy", name))
	}
	secrets = filepath.Join(t.TempDir(), "secrets")
	if out, err := exec.Command(filepath.Join(root, "deploy", "secrets.sh"), secrets).CombinedOutput(); err != nil {
		t.Fatalf("secrets.sh: %v\n%s", err, out)
	}
	options, err := compose.NewProjectOptions(files,
		compose.WithEnv([]string{"TAKT_SECRETS=" + secrets}), compose.WithProfiles([]string{"demo", "gateway", "poll"}))
	if err != nil {
		t.Fatal(err)
	}
	if project, err = options.LoadProject(within(t, composePatience)); err != nil {
		t.Fatal(err)
	}
	return project, secrets
}

// once are services that end; all others have a health to be checked.
func once() []string { return []string{"topics", "simulator"} }

// TestCompose holds what every service of deploy/compose.yaml has to have.
func TestCompose(t *testing.T) {
	project, _ := composed(t)
	if got, want := project.ServiceNames(), []string{"alertmanager", "clickhouse", "gateway", "grafana", "kafka", "poll", "prometheus", "simulator", "takt", "topics"}; !slices.Equal(got, want) {
		t.Errorf("services are %v, want %v", got, want)
	}
	for name, s := range project.Services {
		if !regexp.MustCompile(`:v?\d+(\.\d+)+$`).MatchString(s.Image) && s.Build == nil {
			t.Errorf("%s: image %q is not pinned to a version", name, s.Image)
		}
		if s.Deploy == nil || s.Deploy.Resources.Limits == nil || s.Deploy.Resources.Limits.MemoryBytes == 0 || s.Deploy.Resources.Limits.NanoCPUs == 0 {
			t.Errorf("%s has no limits of memory and processor", name)
		}
		if ends := slices.Contains(once(), name); ends == (s.Restart == types.RestartPolicyUnlessStopped) || ends == (s.HealthCheck != nil) {
			t.Errorf("%s: restart %q, healthcheck %v", name, s.Restart, s.HealthCheck)
		}
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to the network", name, p.Published)
			}
		}
		for other := range s.DependsOn {
			if _, err := project.GetService(other); err != nil {
				t.Error(err)
			}
		}
		checkEnvironment(t, name, s.Environment)
		checkMounts(t, project, &s)
	}
	for _, name := range []string{"simulator", "gateway", "poll"} {
		if s := project.Services[name]; s.Image != project.Services["takt"].Image || len(s.Profiles) != 1 {
			t.Errorf("%s is %s of the profiles %v, want takt, and of one that is asked for", name, s.Image, s.Profiles)
		}
	}
}

// checkEnvironment wants no secret in it: whoever may inspect a container sees it.
func checkEnvironment(t *testing.T, service string, environment types.MappingWithEquals) {
	t.Helper()
	for key, value := range environment {
		if value != nil && regexp.MustCompile(`PASSWORD|SECRET|TOKEN`).MatchString(key) && !strings.HasPrefix(*value, secretsIn+"/") {
			t.Errorf("%s: %s=%s may be a secret: put it into a file", service, key, *value)
		}
	}
}

// checkMounts wants every file that is mounted to be there, and everything that is
// written to be kept.
func checkMounts(t *testing.T, project *types.Project, s *types.ServiceConfig) {
	t.Helper()
	for _, v := range s.Volumes {
		switch v.Type {
		case types.VolumeTypeBind:
			if _, err := os.Stat(v.Source); err != nil {
				t.Errorf("%s mounts what is not there: %v", s.Name, err)
			}
			if !v.ReadOnly {
				t.Errorf("%s may write to %s", s.Name, v.Source)
			}
		case types.VolumeTypeVolume:
			if _, ok := project.Volumes[v.Source]; !ok {
				t.Errorf("%s: volume %q is not declared", s.Name, v.Source)
			}
		default:
			t.Errorf("%s: mount of type %q", s.Name, v.Type)
		}
	}
	for _, secret := range s.Secrets {
		path := project.Secrets[secret.Source].File
		text, err := os.ReadFile(path)
		if err != nil || len(text) < 32 {
			t.Errorf("%s: secret %s has %d characters: %v", s.Name, secret.Source, len(text), err)
		}
	}
}

// TestComposeGrafanaAlerting holds that either Prometheus alerts or Grafana, never both.
func TestComposeGrafanaAlerting(t *testing.T) {
	const config, rules = "/etc/prometheus/prometheus.yml", "/etc/grafana/provisioning/alerting"
	for _, tt := range []struct {
		name                string
		files               []string
		prometheus, grafana bool // who alerts
	}{
		{"usual", nil, true, false},
		{"ALERTING=grafana", []string{"compose.grafana-alerting.yaml"}, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			project, _ := composed(t, tt.files...)
			text := mounted(t, project, "prometheus", config)
			if got := strings.Contains(text, "alerts.yaml"); got != tt.prometheus || !strings.Contains(text, "*.rules.yaml") {
				t.Errorf("Prometheus alerts: %v, want %v:\n%s", got, tt.prometheus, text)
			}
			// Else it deletes them: they would stay for ever.
			text = mounted(t, project, "grafana", rules)
			if got := strings.Contains(text, "title: TaktStageSilent"); got != tt.grafana || strings.Contains(text, "deleteRules:") == got {
				t.Errorf("Grafana alerts: %v, want %v:\n%s", got, tt.grafana, text)
			}
		})
	}
}

// TestComposeGrafanaPlugin holds that Grafana has the datasource of Takt's plugin where it
// has the plugin, and else deletes it; and that what is given of settings and password is
// what the plugin reads.
func TestComposeGrafanaPlugin(t *testing.T) {
	const source = "/etc/grafana/provisioning/datasources/orders.yaml"
	usual, _ := composed(t)
	if text := mounted(t, usual, "grafana", source); !strings.Contains(text, "deleteDatasources:") || strings.Contains(text, "takt-orders-datasource") {
		t.Errorf("Grafana without the plugin has its datasource:\n%s", text)
	}
	with, _ := composed(t, "compose.grafana-plugin.yaml")
	text := mounted(t, with, "grafana", source)
	for _, want := range []string{"type: takt-orders-datasource", "name: Takt Orders", "host: clickhouse", "username: takt_boards", "password: $TAKT_BOARDS_PASSWORD"} {
		if !strings.Contains(text, want) {
			t.Errorf("the datasource of the plugin lacks %q:\n%s", want, text)
		}
	}
	if got := with.Services["grafana"].Environment["GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS"]; got == nil || *got != "takt-orders-datasource" {
		t.Error("Grafana may not load the unsigned plugin")
	}
}

// mounted returns the text of a file that a service finds at a path, or of takt.yaml in
// a directory.
func mounted(t *testing.T, project *types.Project, service, target string) string {
	t.Helper()
	var source string
	for _, v := range project.Services[service].Volumes {
		if v.Target == target {
			source = v.Source
			break
		}
		if rest, ok := strings.CutPrefix(target, v.Target+"/"); ok {
			source = filepath.Join(v.Source, rest)
		}
	}
	if info, err := os.Stat(source); err == nil && info.IsDir() {
		source = filepath.Join(source, "takt.yaml")
	}
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestComposeSecrets holds that secrets are made once and are for their owner.
func TestComposeSecrets(t *testing.T) {
	_, dir := composed(t)
	kept, err := os.ReadFile(filepath.Join(dir, "notify_token"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "api_token")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(filepath.Join(root, "deploy", "secrets.sh"), dir).CombinedOutput(); err != nil {
		t.Fatalf("secrets.sh: %v\n%s", err, out)
	}
	if now, err := os.ReadFile(filepath.Join(dir, "notify_token")); err != nil || !bytes.Equal(now, kept) {
		t.Errorf("a secret changed from %q to %q: %v", kept, now, err)
	}
	if made, err := os.ReadFile(filepath.Join(dir, "api_token")); err != nil || len(made) != len(kept) || bytes.Equal(made, kept) {
		t.Errorf("the missing secret is %q: %v", made, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory has mode %v: %v", info.Mode(), err)
	}
}

// TestComposeGenerated holds the files of deploy that takt writes.
func TestComposeGenerated(t *testing.T) {
	project, secrets := composed(t)
	inside := newInside(t, project, secrets)
	passwords := []string{"TAKT_WRITER_PASSWORD=takt_writer", "TAKT_BOARDS_PASSWORD=takt_boards", "TAKT_READER_PASSWORD=takt_reader"}
	users := takt(t, passwords, "migrate", "-c", inside.path("takt", "/etc/takt/takt.yaml"), "--users", "--print")
	for _, user := range []string{"takt_writer", "takt_boards", "takt_reader"} {
		users = strings.ReplaceAll(users, hashed(user), "@"+user+"@")
	}
	rules := func(format string) string {
		return takt(t, nil, "rules", "-c", inside.path("takt", "/etc/takt/takt.yaml"), "--format", format,
			"--receiver", "http://takt:8380/notify/alertmanager", "--token-file", secretsIn+"/notify_token")
	}
	for file, text := range map[string]string{
		"grafana/alerting/takt.yaml":              rules("grafana"),
		"grafana/provisioning/alerting/takt.yaml": rules("grafana-delete"),
		"alertmanager/alertmanager.yml":           rules("alertmanager"),
		"clickhouse/users.sql":                    users,
	} {
		path := filepath.Join(root, "deploy", file)
		if *update {
			write(t, path, text)
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != text {
			t.Errorf("deploy/%s is not what takt writes, see -update: %v", file, err)
		}
	}
}

func hashed(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

// TestComposeUsers runs the script that creates ClickHouse's users, up to the server's
// client: what it is given are takt's own statements for the passwords of the secrets.
func TestComposeUsers(t *testing.T) {
	project, secrets := composed(t)
	inside := newInside(t, project, secrets)
	bin := t.TempDir()
	write(t, filepath.Join(bin, "clickhouse-client"), "#!/bin/sh\ncat\n")
	if err := os.Chmod(filepath.Join(bin, "clickhouse-client"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", inside.path("clickhouse", "/docker-entrypoint-initdb.d/users.sh"))
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for _, user := range []string{"writer", "boards", "reader"} {
		password, err := os.ReadFile(filepath.Join(secrets, "takt_"+user+"_password"))
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, "TAKT_"+strings.ToUpper(user)+"_PASSWORD="+string(password))
	}
	want := takt(t, env, "migrate", "-c", inside.path("takt", "/etc/takt/takt.yaml"), "--users", "--print")
	if strings.TrimSpace(string(got)) != strings.TrimSpace(want) {
		t.Errorf("users.sh gives the server\n%s\nwant\n%s", got, want)
	}
	for _, v := range project.Services["clickhouse"].Volumes {
		if strings.HasSuffix(v.Source, ".xml") {
			wellFormed(t, v.Source)
		}
	}
}

// wellFormed wants a file to be XML.
func wellFormed(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := xml.NewDecoder(f); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
}
