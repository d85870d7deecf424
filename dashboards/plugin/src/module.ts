import { DataSourcePlugin } from '@grafana/data';

import { ConfigEditor } from './components/ConfigEditor';
import { QueryEditor } from './components/QueryEditor';
import { DataSource } from './datasource';
import { TaktOptions, TaktQuery, TaktSecrets } from './types';

export const plugin = new DataSourcePlugin<DataSource, TaktQuery, TaktOptions, TaktSecrets>(DataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
