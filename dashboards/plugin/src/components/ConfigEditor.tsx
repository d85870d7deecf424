import { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { FieldSet, InlineField, InlineSwitch, Input, RadioButtonGroup, SecretInput, SecretTextArea } from '@grafana/ui';
import React from 'react';

import { TaktOptions, TaktSecrets } from '../types';
import { languages, say } from '../words';

type Props = DataSourcePluginOptionsEditorProps<TaktOptions, TaktSecrets>;

const labelWidth = 24;
const width = 48;

/** ConfigEditor holds where ClickHouse is and who reads it. Secrets go to secureJsonData alone. */
export function ConfigEditor({ options, onOptionsChange }: Props) {
  const { jsonData, secureJsonData, secureJsonFields } = options;
  const change = (part: Partial<TaktOptions>) => onOptionsChange({ ...options, jsonData: { ...jsonData, ...part } });
  const keep = (part: Partial<TaktSecrets>) => onOptionsChange({ ...options, secureJsonData: { ...secureJsonData, ...part } });
  const reset = (name: keyof TaktSecrets) =>
    onOptionsChange({
      ...options,
      secureJsonFields: { ...secureJsonFields, [name]: false },
      secureJsonData: { ...secureJsonData, [name]: '' },
    });
  const number = (text: string) => (text === '' ? undefined : Number(text));
  return (
    <>
      <FieldSet label="ClickHouse">
        <InlineField label={say('Host', '主机')} labelWidth={labelWidth} required>
          <Input aria-label={say('Host', '主机')} value={jsonData.host ?? ''} placeholder="clickhouse" onChange={(e) => change({ host: e.currentTarget.value })} width={width} />
        </InlineField>
        <InlineField label={say('Protocol', '协议')} labelWidth={labelWidth}>
          <RadioButtonGroup
            options={[
              { value: 'http' as const, label: 'HTTP' },
              { value: 'native' as const, label: say('Native', '原生 (native)') },
            ]}
            value={jsonData.protocol ?? 'http'}
            onChange={(protocol) => change({ protocol })}
          />
        </InlineField>
        <InlineField label={say('Port', '端口')} labelWidth={labelWidth} tooltip={say('Empty: 8123 or 8443 (HTTP), 9000 or 9440 (native)', '留空：HTTP 为 8123 或 8443，native 为 9000 或 9440')}>
          <Input aria-label={say('Port', '端口')} type="number" value={jsonData.port ?? ''} placeholder="8123" onChange={(e) => change({ port: number(e.currentTarget.value) })} width={width} />
        </InlineField>
        <InlineField label={say('Encrypted (TLS)', '加密（TLS）')} labelWidth={labelWidth}>
          <InlineSwitch aria-label={say('Encrypted (TLS)', '加密（TLS）')} value={jsonData.secure ?? false} onChange={(e) => change({ secure: e.currentTarget.checked })} />
        </InlineField>
        {jsonData.secure && (
          <InlineField label={say('CA certificate', 'CA 证书')} labelWidth={labelWidth} tooltip={say('PEM; empty: the system’s', 'PEM 格式；留空使用系统证书')}>
            <SecretTextArea
              aria-label={say('CA certificate', 'CA 证书')}
              isConfigured={!!secureJsonFields?.tlsCACert}
              value={secureJsonData?.tlsCACert ?? ''}
              placeholder="-----BEGIN CERTIFICATE-----"
              onReset={() => reset('tlsCACert')}
              onChange={(e) => keep({ tlsCACert: e.currentTarget.value })}
              cols={48}
              rows={5}
            />
          </InlineField>
        )}
        <InlineField label={say('User', '用户')} labelWidth={labelWidth} tooltip={say('A user that only reads', '只读用户')}>
          <Input aria-label={say('User', '用户')} value={jsonData.username ?? ''} placeholder="takt_boards" onChange={(e) => change({ username: e.currentTarget.value })} width={width} />
        </InlineField>
        <InlineField label={say('Password', '密码')} labelWidth={labelWidth}>
          <SecretInput
            aria-label={say('Password', '密码')}
            isConfigured={!!secureJsonFields?.password}
            value={secureJsonData?.password ?? ''}
            onReset={() => reset('password')}
            onChange={(e) => keep({ password: e.currentTarget.value })}
            width={width}
          />
        </InlineField>
      </FieldSet>
      <FieldSet label={say('Queries', '查询')}>
        <InlineField label={say('Time limit, seconds', '查询时限（秒）')} labelWidth={labelWidth}>
          <Input
            aria-label={say('Time limit, seconds', '查询时限（秒）')}
            type="number"
            min={1}
            max={55}
            value={jsonData.timeoutSeconds ?? ''}
            placeholder="10"
            onChange={(e) => change({ timeoutSeconds: number(e.currentTarget.value) })}
            width={width}
          />
        </InlineField>
        <InlineField label={say('Rows at most', '行数上限')} labelWidth={labelWidth}>
          <Input
            aria-label={say('Rows at most', '行数上限')}
            type="number"
            min={1}
            max={10000}
            value={jsonData.maxRows ?? ''}
            placeholder="1000"
            onChange={(e) => change({ maxRows: number(e.currentTarget.value) })}
            width={width}
          />
        </InlineField>
        <InlineField label={say('Language', '语言')} labelWidth={labelWidth}>
          <RadioButtonGroup options={languages(say('as the viewer has Grafana', '同查看者的 Grafana 语言'))} value={jsonData.lang ?? ''} onChange={(lang) => change({ lang })} />
        </InlineField>
      </FieldSet>
    </>
  );
}
