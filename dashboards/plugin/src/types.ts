import { DataSourceJsonData } from '@grafana/data';
import { DataQuery } from '@grafana/schema';

/** The kinds of questions, as the backend knows them. */
export type Kind =
  | 'process_map'
  | 'order_timeline'
  | 'order_visits'
  | 'ranking'
  | 'sentence'
  | 'open_orders'
  | 'open_by_age'
  | 'variable';

/** What a variable lists. */
export type Variable = 'processes' | 'stages' | 'teams' | 'late_orders';

export type Lang = 'en' | 'zh';

/** One query of a panel or a variable; what is left out is as the backend says. */
export interface TaktQuery extends DataQuery {
  kind: Kind;
  /** Name of the process; empty: the first one. */
  process?: string;
  /** Order number, of the kinds about one order. */
  order?: string;
  /** Names of stages and teams, of open_orders; empty: all. */
  stages?: string[];
  teams?: string[];
  variable?: Variable;
  /** Empty: as the datasource is set, else the viewer's. */
  lang?: Lang | '';
  /** Rows at most; 0: as many as the datasource allows. */
  most?: number;
}

/** What the configuration page holds, besides secrets. */
export interface TaktOptions extends DataSourceJsonData {
  host?: string;
  port?: number;
  protocol?: 'http' | 'native';
  secure?: boolean;
  username?: string;
  timeoutSeconds?: number;
  maxRows?: number;
  lang?: Lang | '';
}

/** Secrets: Grafana keeps them encrypted and never gives them back to a browser. */
export interface TaktSecrets {
  password?: string;
  tlsCACert?: string;
}
