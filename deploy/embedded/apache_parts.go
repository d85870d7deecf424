package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

const (
	apacheVersion = "4.3.1" // 4.4.0 does not resolve
	apacheSize    = 41_000_000
	archiveName   = "classes.jsa"
)

// apachePOM leaves out what the broker starts without.
const apachePOM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>takt</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>` + apacheVersion + `</version>
      <exclusions>
        <exclusion><groupId>org.scala-lang</groupId><artifactId>scala-reflect</artifactId></exclusion>
        <exclusion><groupId>org.bitbucket.b_c</groupId><artifactId>jose4j</artifactId></exclusion>
      </exclusions>
    </dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`

// apacheParts returns the directory of Kafka's jars in the cache, and the
// archive of its loaded classes, which makes a start three times as fast.
func apacheParts(ctx context.Context, w io.Writer) (parts, archive string, err error) {
	if _, err := exec.LookPath("java"); err != nil {
		return "", "", errors.New("java is not installed: install a Java 17 runtime")
	}
	parts, err = fetchOnce(ctx, "kafka-"+apacheVersion, func(ctx context.Context, dir string) error {
		return fetchJars(ctx, dir, w)
	})
	if err != nil {
		return "", "", err
	}
	// The archive holds the jars' paths, so it is made once they are in place.
	archive = filepath.Join(parts, archiveName)
	if exists(archive) {
		return parts, archive, nil
	}
	unlock, err := lockFile(archive + ".lock")
	if err != nil {
		return "", "", err
	}
	defer unlock()
	if !exists(archive) {
		if err := makeArchive(ctx, parts); err != nil {
			return "", "", err
		}
	}
	return parts, archive, nil
}

func fetchJars(ctx context.Context, dir string, w io.Writer) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return errors.New("mvn is not installed: install Maven")
	}
	pom := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(pom, []byte(apachePOM), 0o600); err != nil {
		return fmt.Errorf("write the list of parts: %w", err)
	}
	jars := filepath.Join(dir, "jars")
	fmt.Fprintf(w, "fetching Apache Kafka %s (%d MB, once)\n", apacheVersion, apacheSize/1_000_000)
	watch := watchSize(w, "fetching Apache Kafka", apacheSize, jars)
	defer watch()
	cmd := exec.CommandContext(ctx, mvn, "-q", "-B", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+jars)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mvn dependency:copy-dependencies: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// makeArchive runs a broker once and has the Java machine write down the
// classes that it loaded. The archive appears when the broker ends.
func makeArchive(ctx context.Context, parts string) error {
	dir, err := os.MkdirTemp("", "takt-kafka-")
	if err != nil {
		return fmt.Errorf("make a directory for the first start: %w", err)
	}
	defer os.RemoveAll(dir)
	k, err := newApacheKafka(ctx, dir, parts, "")
	if err != nil {
		return err
	}
	if err := k.start(ctx); err != nil {
		return err
	}
	if err := k.Close(); err != nil {
		return err
	}
	if !exists(filepath.Join(parts, archiveName)) {
		return errors.New("java wrote no class archive")
	}
	return nil
}

// classPath is explicit and sorted: the archive is valid for the same one only.
func classPath(parts string) string {
	jars, _ := filepath.Glob(filepath.Join(parts, "jars", "*.jar")) // the pattern is well-formed
	sort.Strings(jars)
	return strings.Join(jars, string(os.PathListSeparator))
}
