import { CoreApp, DataFrame, DataQueryRequest, DataSourceInstanceSettings, ScopedVars, getDefaultTimeRange } from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv, TemplateSrv } from '@grafana/runtime';
import { lastValueFrom } from 'rxjs';

import { Lang, TaktOptions, TaktQuery, Variable } from './types';
import { TaktVariables } from './variables';
import { Choice, viewer } from './words';

/** A text that is one variable and nothing else. */
const oneVariable = /^(\$\w+|\$\{[^}]+\}|\[\[[^\]]+\]\])$/;

/** What a variable is that stands for all of its values. */
const all = '$__all';

/** DataSource passes questions to the backend, with their variables filled in. */
export class DataSource extends DataSourceWithBackend<TaktQuery, TaktOptions> {
  private readonly lang: Lang | '';

  constructor(
    settings: DataSourceInstanceSettings<TaktOptions>,
    private readonly templates: TemplateSrv = getTemplateSrv()
  ) {
    super(settings);
    this.lang = settings.jsonData?.lang ?? '';
    this.variables = new TaktVariables(this);
  }

  getDefaultQuery(_: CoreApp): Partial<TaktQuery> {
    return { kind: 'sentence' };
  }

  /** Values travel to the backend as they are: it binds them, nothing is quoted here. */
  applyTemplateVariables(query: TaktQuery, vars: ScopedVars): TaktQuery {
    return {
      ...query,
      process: this.one(query.process, vars),
      order: this.one(query.order, vars)?.trim(),
      stages: this.many(query.stages, vars),
      teams: this.many(query.teams, vars),
      lang: query.lang || this.lang || viewer(),
    };
  }

  /** choices asks what a variable of a process may be, for the editor. */
  async choices(variable: Variable, process?: string): Promise<Array<Choice<string>>> {
    const target: TaktQuery = { refId: 'choices', kind: 'variable', variable, process };
    const request: DataQueryRequest<TaktQuery> = {
      requestId: `takt-choices-${variable}`, app: CoreApp.Unknown, interval: '1m', intervalMs: 60000, range: getDefaultTimeRange(),
      scopedVars: {}, startTime: Date.now(), targets: [target], timezone: 'browser',
    };
    const answer = await lastValueFrom(this.query(request));
    return choicesOf(answer.data[0]);
  }

  private one(text: string | undefined, vars: ScopedVars): string | undefined {
    const value = text && this.templates.replace(text, vars, (v: string | string[]) => (Array.isArray(v) ? v[0] ?? '' : v));
    return value === all ? '' : value;
  }

  private many(list: string[] | undefined, vars: ScopedVars): string[] | undefined {
    return list
      ?.flatMap((text) => {
        let values: string[] = [];
        const filled = this.templates.replace(text, vars, (v: string | string[]) => {
          values = Array.isArray(v) ? v : [v];
          return values.join(',');
        });
        return oneVariable.test(text) && values.length > 0 ? values : [filled];
      })
      .filter((text) => text !== '' && text !== all);
  }
}

/** choicesOf reads the frame of a variable: fields text and value. */
export function choicesOf(frame: DataFrame | undefined): Array<Choice<string>> {
  const field = (name: string): string[] => Array.from(frame?.fields.find((f) => f.name === name)?.values ?? []);
  const texts = field('text');
  return field('value').map((value, i) => ({ value, label: texts[i] ?? value }));
}
