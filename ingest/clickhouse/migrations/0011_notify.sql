-- What became of messages to people.

CREATE TABLE IF NOT EXISTS takt_store.deliveries
(
    at DateTime64(3, 'UTC') COMMENT 'When it was decided, UTC; 判定时间，UTC',
    receiver LowCardinality(String) COMMENT 'Receiver as named in the configuration; 配置中的接收方名称',
    key String COMMENT 'Identity of the notification; 通知标识',
    channel LowCardinality(String) COMMENT 'Channel: wecom, dingtalk, feishu, mail or webhook; 渠道：wecom 企业微信、dingtalk 钉钉、feishu 飞书、mail 邮件、webhook',
    status LowCardinality(String) COMMENT 'What it told: firing, resolved, digest or test; 内容：firing 告警、resolved 恢复、digest 日报、test 测试',
    process LowCardinality(String) COMMENT 'Process concerned, empty for several; 所属流程，多个时为空',
    stage LowCardinality(String) COMMENT 'Stage concerned, empty for several or none; 流程环节，多个或无则为空',
    kind LowCardinality(String) COMMENT 'Kind of exception, or name of the alert; 异常类型或告警名称',
    owner_team LowCardinality(String) COMMENT 'Team concerned; 负责团队',
    alerts UInt32 COMMENT 'Alerts in the notification, count; 包含的告警数，条',
    result LowCardinality(String) COMMENT 'Result: sent, collapsed into a digest, refused or failed; 结果：sent 送达、collapsed 合并送达、refused 被拒、failed 失败',
    attempts UInt32 COMMENT 'Requests made, count; 请求次数，次',
    took_seconds Float64 COMMENT 'From its arrival to the decision, seconds; 从收到到判定的时长，秒',
    code LowCardinality(String) COMMENT 'Error code of the receiver, empty if none; 接收方错误码，无则为空',
    error String COMMENT 'Why it failed, without secrets; 失败原因，不含密钥',
    revision UInt64 MATERIALIZED toUInt64(attempts) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (receiver, key, at)
TTL toDateTime(at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What became of messages; 消息投递结果';

CREATE OR REPLACE VIEW takt.deliveries
(
    at DateTime64(3, 'UTC') COMMENT 'When it was decided, UTC; 判定时间，UTC',
    receiver LowCardinality(String) COMMENT 'Receiver as named in the configuration; 配置中的接收方名称',
    key String COMMENT 'Identity of the notification; 通知标识',
    channel LowCardinality(String) COMMENT 'Channel: wecom, dingtalk, feishu, mail or webhook; 渠道：wecom 企业微信、dingtalk 钉钉、feishu 飞书、mail 邮件、webhook',
    status LowCardinality(String) COMMENT 'What it told: firing, resolved, digest or test; 内容：firing 告警、resolved 恢复、digest 日报、test 测试',
    process LowCardinality(String) COMMENT 'Process concerned, empty for several; 所属流程，多个时为空',
    stage LowCardinality(String) COMMENT 'Stage concerned, empty for several or none; 流程环节，多个或无则为空',
    kind LowCardinality(String) COMMENT 'Kind of exception, or name of the alert; 异常类型或告警名称',
    owner_team LowCardinality(String) COMMENT 'Team concerned; 负责团队',
    alerts UInt32 COMMENT 'Alerts in the notification, count; 包含的告警数，条',
    result LowCardinality(String) COMMENT 'Result: sent, collapsed into a digest, refused or failed; 结果：sent 送达、collapsed 合并送达、refused 被拒、failed 失败',
    attempts UInt32 COMMENT 'Requests made, count; 请求次数，次',
    took_seconds Float64 COMMENT 'From its arrival to the decision, seconds; 从收到到判定的时长，秒',
    code LowCardinality(String) COMMENT 'Error code of the receiver, empty if none; 接收方错误码，无则为空',
    error String COMMENT 'Why it failed, without secrets; 失败原因，不含密钥'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    at, receiver, key, channel, status, process, stage, kind, owner_team, alerts, result, attempts, took_seconds, code, error
FROM takt_store.deliveries FINAL
COMMENT 'What became of messages; 消息投递结果';
