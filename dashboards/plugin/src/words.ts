import { config } from '@grafana/runtime';

import { Kind, Lang, Variable } from './types';

/** viewer returns the language that the viewer has Grafana in. */
export function viewer(): Lang {
  return (config.bootData?.user?.language ?? '').toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** say chooses a text by the viewer's language. */
export function say(en: string, zh: string): string {
  return viewer() === 'zh' ? zh : en;
}

/** Choice is one entry of a list to choose from. */
export interface Choice<T> {
  value: T;
  label: string;
  description?: string;
}

/** kinds lists what a panel can ask for, with the panel that draws it best. */
export function kinds(): Array<Choice<Kind>> {
  const panel = (name: string, zh: string) => say(`Panel: ${name}`, `面板：${zh}`);
  return [
    { value: 'sentence', label: say('Bottleneck, as a sentence', '瓶颈（一句话）'), description: panel('Stat', '统计值') },
    { value: 'ranking', label: say('Bottleneck ranking', '瓶颈排名'), description: panel('Table', '表格') },
    { value: 'process_map', label: say('Process map', '流程图'), description: panel('Node graph', '节点图') },
    { value: 'order_timeline', label: say('Timeline of an order', '订单时间线'), description: panel('State timeline', '状态时间线') },
    { value: 'order_visits', label: say('Stages of an order', '订单经过的环节'), description: panel('Table', '表格') },
    { value: 'open_orders', label: say('Open orders by age', '在办订单（按停留时长）'), description: panel('Table', '表格') },
    { value: 'open_by_age', label: say('Ages by stage', '各环节停留时长分布'), description: panel('Bar chart', '柱状图') },
  ];
}

/** variables lists what a variable can be. */
export function variables(): Array<Choice<Variable>> {
  return [
    { value: 'processes', label: say('Processes', '流程') },
    { value: 'stages', label: say('Stages of a process', '流程的环节') },
    { value: 'teams', label: say('Teams of a process', '流程的团队') },
    { value: 'late_orders', label: say('Open orders past their promise', '未交付已逾期的订单') },
  ];
}

/** languages lists those of titles and sentences. */
export function languages(unset: string): Array<Choice<Lang | ''>> {
  return [
    { value: '', label: unset },
    { value: 'en', label: 'English' },
    { value: 'zh', label: '中文' },
  ];
}
