import { CustomVariableSupport, DataQueryRequest, DataQueryResponse } from '@grafana/data';
import { Observable } from 'rxjs';

import { VariableEditor } from './components/VariableEditor';
import { DataSource } from './datasource';
import { TaktQuery } from './types';

/** TaktVariables lets a board's variables be processes, stages, teams or late orders. */
export class TaktVariables extends CustomVariableSupport<DataSource, TaktQuery> {
  editor = VariableEditor;

  constructor(private readonly datasource: DataSource) {
    super();
  }

  query(request: DataQueryRequest<TaktQuery>): Observable<DataQueryResponse> {
    const targets = request.targets.map((target) => ({ ...target, refId: target.refId || 'variable', kind: 'variable' as const }));
    return this.datasource.query({ ...request, targets });
  }
}
