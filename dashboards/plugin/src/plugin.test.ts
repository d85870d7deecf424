import { readFileSync } from 'fs';
import { join } from 'path';

import { kinds, variables } from './words';
import manifest from './plugin.json';

/** What the backend says of itself. */
const backend = (file: string) => readFileSync(join(__dirname, '../../datasource', file), 'utf8');

it('is the plugin that the backend serves', () => {
  expect(backend('datasource.go')).toContain(`const ID = "${manifest.id}"`);
  expect(manifest.executable).toBe('gpx_takt_orders');
  expect(manifest.backend).toBe(true);
});

it('offers the kinds and variables that the backend knows', () => {
  const source = backend('question.go');
  const known = [...source.matchAll(/^\tkind\w+\s+= "(\w+)"/gm)].map((m) => m[1]).filter((kind) => kind !== 'variable');
  expect(kinds().map((k) => k.value).sort()).toEqual(known.sort());
  const lists = [...backend('waiting.go').matchAll(/^\tcase "(\w+)":/gm)].map((m) => m[1]);
  expect(variables().map((v) => v.value).sort()).toEqual(['processes', ...lists].sort());
});
