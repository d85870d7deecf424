import { CoreApp, DataFrame, DataSourceInstanceSettings, createDataFrame, FieldType } from '@grafana/data';
import { config, TemplateSrv } from '@grafana/runtime';
import { of } from 'rxjs';

import { choicesOf, DataSource } from './datasource';
import { TaktOptions, TaktQuery } from './types';
import { TaktVariables } from './variables';

const values: Record<string, string | string[]> = { one: 'retail', many: ["it's", 'pick'], all: '$__all', order: " '; DROP TABLE x --" };

/** templates fills in variables as Grafana does with a function as the format. */
const templates = {
  replace: (text: string, _: unknown, format: (v: string | string[]) => string) =>
    text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => (name in values ? format(values[name]) : whole)),
} as unknown as TemplateSrv;

function open(jsonData: TaktOptions = {}): DataSource {
  return new DataSource({ id: 1, uid: 'takt', type: 'takt-orders-datasource', name: 'Takt', jsonData } as DataSourceInstanceSettings<TaktOptions>, templates);
}

const query = (part: Partial<TaktQuery>): TaktQuery => ({ refId: 'A', kind: 'open_orders', ...part });

describe('applyTemplateVariables', () => {
  it('fills in variables without quoting anything', () => {
    const filled = open().applyTemplateVariables(query({ process: '$one', order: '${order}', stages: ['$many', 'ship'], teams: ['team-$one'] }), {});
    expect(filled).toMatchObject({ process: 'retail', order: "'; DROP TABLE x --", stages: ["it's", 'pick', 'ship'], teams: ['team-retail'] });
  });

  it('takes a variable that stands for all as no filter', () => {
    const filled = open().applyTemplateVariables(query({ process: '$all', stages: ['$all'], teams: [''] }), {});
    expect(filled).toMatchObject({ process: '', stages: [], teams: [] });
  });

  it('leaves what is not set', () => {
    const filled = open().applyTemplateVariables(query({}), {});
    expect([filled.process, filled.order, filled.stages, filled.teams]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('asks in the language of the query, else of the datasource, else of the viewer', () => {
    expect(open({ lang: 'zh' }).applyTemplateVariables(query({ lang: 'en' }), {}).lang).toBe('en');
    expect(open({ lang: 'zh' }).applyTemplateVariables(query({ lang: '' }), {}).lang).toBe('zh');
    config.bootData = { user: { language: 'zh-Hans' } } as typeof config.bootData;
    expect(open().applyTemplateVariables(query({}), {}).lang).toBe('zh');
    config.bootData = { user: { language: 'de-DE' } } as typeof config.bootData;
    expect(open().applyTemplateVariables(query({}), {}).lang).toBe('en');
  });
});

const frame: DataFrame = createDataFrame({
  fields: [
    { name: 'text', type: FieldType.string, values: ['零售订单', 'Idle'] },
    { name: 'value', type: FieldType.string, values: ['retail', 'idle'] },
  ],
});

describe('choices', () => {
  it('reads texts and values of a frame', () => {
    expect(choicesOf(frame)).toEqual([
      { value: 'retail', label: '零售订单' },
      { value: 'idle', label: 'Idle' },
    ]);
    expect(choicesOf(undefined)).toEqual([]);
  });

  it('asks the backend for the values of a variable', async () => {
    const datasource = open();
    const asked = jest.spyOn(datasource, 'query').mockReturnValue(of({ data: [frame] }));
    expect(await datasource.choices('stages', 'retail')).toHaveLength(2);
    expect(asked.mock.calls[0][0].targets).toEqual([{ refId: 'choices', kind: 'variable', variable: 'stages', process: 'retail' }]);
  });
});

it('makes every question of a variable one about a variable', () => {
  const datasource = open();
  const asked = jest.spyOn(datasource, 'query').mockReturnValue(of({ data: [frame] }));
  const request = { targets: [{ refId: '', kind: 'sentence', variable: 'teams' }] } as unknown as Parameters<DataSource['query']>[0];
  new TaktVariables(datasource).query(request);
  expect(asked.mock.calls[0][0].targets).toEqual([{ refId: 'variable', kind: 'variable', variable: 'teams' }]);
});

it('begins with the sentence', () => {
  expect(open().getDefaultQuery(CoreApp.Dashboard)).toEqual({ kind: 'sentence' });
});
