import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React, { useState } from 'react';

import { DataSource } from '../datasource';
import { TaktOptions, TaktQuery, TaktSecrets, Variable } from '../types';
import { ConfigEditor } from './ConfigEditor';
import { QueryEditor } from './QueryEditor';
import { VariableEditor } from './VariableEditor';

const lists: Record<Variable, string[]> = { processes: ['retail', 'b2b'], stages: ['pick', 'ship'], teams: ['warehouse'], late_orders: [] };

const datasource = {
  choices: jest.fn((variable: Variable) => Promise.resolve(lists[variable].map((value) => ({ value, label: value })))),
} as unknown as DataSource;

/** edit renders an editor that keeps what it changes, and returns what it has changed to. */
function edit(Editor: typeof QueryEditor, first: Partial<TaktQuery>) {
  const changed = jest.fn();
  const run = jest.fn();
  function Keeper() {
    const [query, setQuery] = useState<TaktQuery>({ refId: 'A', kind: 'sentence', ...first });
    return (
      <Editor
        datasource={datasource}
        query={query}
        onChange={(q) => {
          changed(q);
          setQuery(q);
        }}
        onRunQuery={run}
      />
    );
  }
  render(<Keeper />);
  return { changed, run };
}

/** pick chooses an entry of a list. */
async function pick(label: string, entry: string) {
  await userEvent.click(screen.getByRole('combobox', { name: label }));
  await userEvent.click(await screen.findByRole('option', { name: (name) => name.startsWith(entry) }));
}

describe('QueryEditor', () => {
  it('shows the order number for questions about one order alone, and asks for it', async () => {
    const { changed, run } = edit(QueryEditor, {});
    expect(screen.queryByLabelText('Order number')).toBeNull();
    await pick('Show', 'Timeline of an order');
    expect(changed).toHaveBeenLastCalledWith(expect.objectContaining({ kind: 'order_timeline' }));
    const field = await screen.findByLabelText('Order number');
    await userEvent.type(field, "A-1'");
    await userEvent.tab();
    expect(changed).toHaveBeenLastCalledWith(expect.objectContaining({ kind: 'order_timeline', order: "A-1'" }));
    expect(run).toHaveBeenCalled();
  });

  it('offers the processes that the backend knows', async () => {
    const { changed } = edit(QueryEditor, {});
    await waitFor(() => expect(datasource.choices).toHaveBeenCalledWith('processes', ''));
    await pick('Process', 'b2b');
    expect(changed).toHaveBeenLastCalledWith(expect.objectContaining({ process: 'b2b' }));
  });

  it('filters open orders by stages of the process', async () => {
    const { changed } = edit(QueryEditor, { kind: 'open_orders', process: 'retail' });
    await waitFor(() => expect(datasource.choices).toHaveBeenCalledWith('stages', 'retail'));
    await pick('Stages', 'ship');
    expect(changed).toHaveBeenLastCalledWith(expect.objectContaining({ stages: ['ship'] }));
  });

  it('bounds the rows', async () => {
    const { changed } = edit(QueryEditor, {});
    await userEvent.type(screen.getByLabelText('Rows at most'), '50');
    await userEvent.tab();
    expect(changed).toHaveBeenLastCalledWith(expect.objectContaining({ most: 50 }));
  });

  it('says when the backend does not answer', async () => {
    jest.mocked(datasource.choices).mockRejectedValueOnce(new Error('ClickHouse does not answer'));
    edit(QueryEditor, {});
    expect(await screen.findByText('ClickHouse does not answer')).toBeTruthy();
  });
});

it('VariableEditor makes a variable of stages of a process', async () => {
  const { changed } = edit(VariableEditor as typeof QueryEditor, { kind: 'variable' });
  expect(screen.queryByRole('combobox', { name: 'Process' })).toBeNull();
  await pick('Values', 'Stages of a process');
  expect(changed).toHaveBeenLastCalledWith(expect.objectContaining({ kind: 'variable', variable: 'stages' }));
  await pick('Process', 'retail');
  expect(changed).toHaveBeenLastCalledWith(expect.objectContaining({ variable: 'stages', process: 'retail' }));
});

describe('ConfigEditor', () => {
  type Options = React.ComponentProps<typeof ConfigEditor>['options'];

  function configure(part: { jsonData?: TaktOptions; secureJsonData?: TaktSecrets; secureJsonFields?: Record<string, boolean> }) {
    const changed = jest.fn<void, [Options]>();
    render(<ConfigEditor options={{ jsonData: {}, secureJsonFields: {}, ...part } as Options} onOptionsChange={changed} />);
    return changed;
  }

  it('keeps host and port among the open settings', () => {
    const changed = configure({});
    fireEvent.change(screen.getByLabelText('Host'), { target: { value: 'clickhouse' } });
    expect(changed.mock.lastCall![0].jsonData).toEqual({ host: 'clickhouse' });
    fireEvent.change(screen.getByLabelText('Port'), { target: { value: '8124' } });
    expect(changed.mock.lastCall![0].jsonData).toEqual({ port: 8124 });
  });

  it('keeps the password among the secrets alone', () => {
    const changed = configure({});
    fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'hidden' } });
    const { jsonData, secureJsonData } = changed.mock.lastCall![0];
    expect(secureJsonData).toEqual({ password: 'hidden' });
    expect(JSON.stringify(jsonData)).not.toContain('hidden');
  });

  it('does not show a password that is set, and forgets it when told to', async () => {
    const changed = configure({ secureJsonFields: { password: true } });
    expect(screen.getByLabelText<HTMLInputElement>('Password').disabled).toBe(true);
    await userEvent.click(screen.getByRole('button', { name: /reset/i }));
    expect(changed.mock.lastCall![0]).toMatchObject({ secureJsonFields: { password: false }, secureJsonData: { password: '' } });
  });

  it('asks for the certificate of an authority where it is encrypted', () => {
    configure({ jsonData: { secure: true } });
    expect(screen.getByLabelText('CA certificate')).toBeTruthy();
  });
});
