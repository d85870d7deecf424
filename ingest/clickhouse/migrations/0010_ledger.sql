-- What people did about exceptions. Two writers on one revision are told apart by the deduplication token of
-- their inserts, which the server takes once: see ledger.go.

ALTER TABLE takt_store.stages
    ADD COLUMN IF NOT EXISTS escalate_after_seconds Nullable(Float64) COMMENT 'How long the owner may leave an exception without an answer, seconds, NULL without escalation; 负责人未响应多久后升级，秒，不升级为 NULL' AFTER escalate_to;

CREATE OR REPLACE VIEW takt.stages
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    position UInt16 COMMENT 'Place in the process from 1; 流程中的位置，从 1 起',
    title_en String COMMENT 'Title in English; 英文名称',
    title_zh String COMMENT 'Title in Chinese; 中文名称',
    limit_seconds Nullable(Float64) COMMENT 'Limit of a visit, seconds, NULL without limit; 时限，秒，无时限为 NULL',
    limit_of LowCardinality(String) COMMENT 'Clock of the limit: wall or working; 时限口径：wall 自然时间、working 工作时间',
    calendar LowCardinality(String) COMMENT 'Calendar of its working time; 工作时间所依日历',
    objective Nullable(Float64) COMMENT 'Share of visits that should keep the limit, 0 to 1; 应在时限内完成的比例，0 到 1',
    owner_team LowCardinality(String) COMMENT 'Team responsible; 负责团队',
    escalate_to LowCardinality(String) COMMENT 'Who is told when the owner does not act; 升级对象',
    escalate_after_seconds Nullable(Float64) COMMENT 'How long the owner may leave an exception without an answer, seconds, NULL without escalation; 负责人未响应多久后升级，秒，不升级为 NULL',
    valid_from DateTime64(3, 'UTC') COMMENT 'When this version was first seen, UTC; 该版本首次出现的时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, stage, position, title_en, title_zh, limit_seconds, limit_of, calendar, objective, owner_team, escalate_to,
    escalate_after_seconds, valid_from
FROM
(
    SELECT *
    FROM takt_store.stages FINAL
    ORDER BY valid_from DESC
    LIMIT 1 BY process, stage
)
WHERE NOT deleted
COMMENT 'Stages of the processes in force; 现行流程的环节';

CREATE TABLE IF NOT EXISTS takt_store.escalations
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    kind LowCardinality(String) COMMENT 'Kind of exception; 异常类型',
    escalate_to LowCardinality(String) COMMENT 'Who is told when the owner does not answer, empty: whom the stage names; 升级对象，空为环节所指定',
    escalate_after_seconds Nullable(Float64) COMMENT 'How long the owner may leave it without an answer, seconds, NULL: as the stage says; 负责人未响应多久后升级，秒，NULL 为按环节',
    valid_from DateTime64(3, 'UTC') COMMENT 'When this version was first seen, UTC; 该版本首次出现的时间，UTC',
    deleted UInt8 COMMENT 'Whether the process says nothing of the kind from this version on; 该版本起流程是否不再指定',
    revision UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(valid_from)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (process, kind, valid_from)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Versions of when exceptions of a kind escalate; 各类异常升级规则的各版本';

CREATE TABLE IF NOT EXISTS takt_store.exception_changes
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    exception UInt64 COMMENT 'Identity of the exception; 异常标识',
    revision UInt32 COMMENT 'Revision that the change made or, if refused, asked for, 0 for a notification; 该变更产生（被拒绝时为所申请）的修订号，通知为 0',
    change String COMMENT 'Identity of the change; 变更标识',
    step LowCardinality(String) COMMENT 'What it does: assign, acknowledge, note, resolve, archive, reopen or notify; 动作：assign 分派、acknowledge 认领、note 跟进、resolve 解决、archive 归档、reopen 重开、notify 通知',
    origin LowCardinality(String) COMMENT 'Where it comes from: tracker, person, kafka or alertmanager; 来源：tracker 系统、person 人工、kafka 消息、alertmanager 告警',
    author LowCardinality(String) COMMENT 'Who made it; 操作人',
    at DateTime64(3, 'UTC') COMMENT 'When it was made, UTC; 操作时间，UTC',
    reason String COMMENT 'Why it was made; 变更理由',
    cause String COMMENT 'Why the exception came about; 异常原因',
    action String COMMENT 'What was done about it; 处理措施',
    note String COMMENT 'Free text; 备注',
    assignee LowCardinality(String) COMMENT 'Person named responsible; 指定的负责人',
    team LowCardinality(String) COMMENT 'Team named responsible; 指定的负责团队',
    stage LowCardinality(String) COMMENT 'Stage found at fault; 定位到的环节',
    refused Bool COMMENT 'Whether another change was first or it was not allowed, so that it changes nothing; 是否因他人抢先或不允许而被拒绝（不生效）',
    topic LowCardinality(String) COMMENT 'Topic it was read from, empty if none; 读取自的主题，无则为空',
    partition UInt32 COMMENT 'Partition of the topic; 主题分区',
    offset UInt64 COMMENT 'Offset in the partition; 分区内偏移量',
    written_at DateTime64(3, 'UTC') COMMENT 'When Takt wrote it, UTC; 写入时间，UTC'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (process, order_id, exception, revision, change)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Audit log of exceptions: every change, the refused ones too; 异常处置审计日志：全部变更，含被拒绝的';

CREATE OR REPLACE VIEW takt.exception_changes
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    id UInt64 COMMENT 'Identity of the exception; 异常标识',
    revision UInt32 COMMENT 'Revision that the change made or, if refused, asked for, 0 for a notification; 该变更产生（被拒绝时为所申请）的修订号，通知为 0',
    change String COMMENT 'Identity of the change; 变更标识',
    step LowCardinality(String) COMMENT 'What it does: assign, acknowledge, note, resolve, archive, reopen or notify; 动作：assign 分派、acknowledge 认领、note 跟进、resolve 解决、archive 归档、reopen 重开、notify 通知',
    origin LowCardinality(String) COMMENT 'Where it comes from: tracker, person, kafka or alertmanager; 来源：tracker 系统、person 人工、kafka 消息、alertmanager 告警',
    author LowCardinality(String) COMMENT 'Who made it; 操作人',
    at DateTime64(3, 'UTC') COMMENT 'When it was made, UTC; 操作时间，UTC',
    reason String COMMENT 'Why it was made; 变更理由',
    cause String COMMENT 'Why the exception came about; 异常原因',
    action String COMMENT 'What was done about it; 处理措施',
    note String COMMENT 'Free text; 备注',
    assignee LowCardinality(String) COMMENT 'Person named responsible; 指定的负责人',
    team LowCardinality(String) COMMENT 'Team named responsible; 指定的负责团队',
    stage LowCardinality(String) COMMENT 'Stage found at fault; 定位到的环节',
    refused Bool COMMENT 'Whether another change was first or it was not allowed, so that it changes nothing; 是否因他人抢先或不允许而被拒绝（不生效）',
    topic LowCardinality(String) COMMENT 'Topic it was read from, empty if none; 读取自的主题，无则为空',
    partition UInt32 COMMENT 'Partition of the topic; 主题分区',
    offset UInt64 COMMENT 'Offset in the partition; 分区内偏移量'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, order_id, exception AS id, revision, change, step, origin, author, at, reason, cause, action, note,
    assignee, team, stage, refused, topic, partition, offset
FROM takt_store.exception_changes FINAL
COMMENT 'Audit log of exceptions: every change, the refused ones too; 异常处置审计日志：全部变更，含被拒绝的';

CREATE OR REPLACE VIEW takt.exception_states
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    id UInt64 COMMENT 'Identity of the exception; 异常标识',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    stage LowCardinality(String) COMMENT 'Stage at fault, empty while it is not known; 责任环节，未定位为空',
    visit UInt32 COMMENT 'Number of the visit from 1, more than 1 is rework; 第几次进入该环节，大于 1 为返工',
    kind LowCardinality(String) COMMENT 'Kind of exception; 异常类型',
    severity LowCardinality(String) COMMENT 'How much it matters: info, warning or critical; 严重程度：info 提示、warning 警告、critical 严重',
    state LowCardinality(String) COMMENT 'State: opened, assigned, acknowledged, followed, resolved, archived, reopened or withdrawn; 状态：opened 待分派、assigned 已分派、acknowledged 已认领、followed 跟进中、resolved 已解决、archived 已归档、reopened 已重开、withdrawn 已撤回',
    open Bool COMMENT 'Whether somebody still has to act; 是否仍需处理',
    revision UInt32 COMMENT 'Changes that hold, count; 生效的变更数，个',
    owner LowCardinality(String) COMMENT 'Person responsible now; 当前负责人',
    owner_team LowCardinality(String) COMMENT 'Team responsible now; 当前负责团队',
    cause String COMMENT 'Cause of the exception; 异常原因',
    cause_team LowCardinality(String) COMMENT 'Team that answers for the reported cause, empty if the process names none; 上报原因的责任团队，流程未指定则为空',
    amount Nullable(Decimal(18, 2)) COMMENT 'Amount of money, in currency; 金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amount, ISO 4217; 币种，ISO 4217',
    opened_at DateTime64(3, 'UTC') COMMENT 'When the rule was broken, UTC; 触发时间，UTC',
    detected_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When Takt found it, UTC; 发现时间，UTC',
    assigned_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When an owner was first named, UTC, NULL while none is; 首次指定负责人的时间，UTC，未指定为 NULL',
    located_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When stage and owner were first both known, UTC, NULL while they are not; 环节与负责人首次均已明确的时间，UTC，未定位为 NULL',
    acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When a person first answered, UTC, NULL while nobody has; 首次有人响应的时间，UTC，未响应为 NULL',
    acknowledged_by LowCardinality(String) COMMENT 'Who answered first; 首个响应人',
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was resolved by an event or a person, UTC, NULL while it is not; 由事件或人工解决的时间，UTC，未解决为 NULL',
    archived_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was archived, UTC, NULL while it is not; 归档时间，UTC，未归档为 NULL',
    reopened UInt32 COMMENT 'Times reopened, count; 重开次数，次',
    changed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Last change, UTC, NULL without any; 最近一次变更的时间，UTC，无变更为 NULL',
    changed_by LowCardinality(String) COMMENT 'Who made the last change; 最近一次变更的操作人',
    escalate_to LowCardinality(String) COMMENT 'Who is told when the owner does not answer; 升级对象',
    escalated_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it went to escalate_to for want of an answer, UTC, NULL if it has not; 因未响应而升级的时间，UTC，未升级为 NULL',
    complained_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First complaint on the order from then on, UTC, NULL without any; 此后该订单首次投诉的时间，UTC，无投诉为 NULL',
    found_first Nullable(Bool) COMMENT 'Whether Takt found it before a complaint, NULL for complaints; 是否先于投诉发现，投诉本身为 NULL',
    acknowledge_seconds Nullable(Float64) COMMENT 'From opening to the first answer, seconds; 从触发到首次响应的时长，秒',
    locate_seconds Nullable(Float64) COMMENT 'From opening to known stage and owner, seconds; 从触发到定位环节与负责人的时长，秒',
    resolve_seconds Nullable(Float64) COMMENT 'From opening to the resolution, seconds; 从触发到解决的时长，秒',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    region LowCardinality(String) COMMENT 'Region; 地区',
    warehouse LowCardinality(String) COMMENT 'Warehouse; 仓库',
    carrier LowCardinality(String) COMMENT 'Carrier; 承运商',
    supplier LowCardinality(String) COMMENT 'Supplier; 供应商',
    product LowCardinality(String) COMMENT 'Product; 商品',
    source LowCardinality(String) COMMENT 'Source system that reported it; 来源系统',
    live Bool COMMENT 'Whether it came live rather than as history; 是否实时到达（非历史数据）',
    topic LowCardinality(String) COMMENT 'Topic of the log; 日志主题',
    partition UInt32 COMMENT 'Partition of the topic; 主题分区'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
    ifNull(x.detected_at, x.opened_at) AS found_at,
    -- An event that ended it before a person reopened it ends it no more.
    if(l.reopened_at IS NOT NULL AND x.resolved_at < l.reopened_at, NULL, x.resolved_at) AS ended_at,
    if(l.resolved_on > l.reopened_on, l.resolved_at, NULL) AS settled_at,
    if(l.archived_on > l.reopened_on, l.archived_at, NULL) AS closed_at,
    x.owner != '' OR x.owner_team != '' AS named,
    multiIf(
        l.revision = 0, if(named, 'assigned', 'opened'),
        l.noted_on > l.decided_on, if(l.decided IN ('resolve', 'archive'), if(l.decided = 'resolve', 'resolved', 'archived'), 'followed'),
        l.decided = 'assign', 'assigned', l.decided = 'acknowledge', 'acknowledged', l.decided = 'resolve', 'resolved',
        l.decided = 'archive', 'archived', 'reopened') AS by_people,
    multiIf(x.withdrawn, 'withdrawn', ended_at IS NOT NULL AND by_people != 'archived', 'resolved', by_people) AS stands,
    if(l.assigned_on > 0, l.assignee, x.owner) AS owner_now,
    if(l.team != '', l.team, x.owner_team) AS team_now,
    if(named, found_at, l.assigned_at) AS assigned,
    if(x.stage != '', found_at, l.staged_at) AS staged,
    if(stands IN ('resolved', 'archived'), ifNull(least(ifNull(ended_at, settled_at), ifNull(settled_at, ended_at)), closed_at), NULL) AS over_at,
    if(z.escalate_to != '', z.escalate_to, s.escalate_to) AS told,
    found_at + toIntervalMillisecond(toInt64(ifNull(z.escalate_after_seconds, s.escalate_after_seconds) * 1000)) AS escalates_at,
    arrayFirst(c -> c >= x.opened_at, k.complaints) AS complaint
SELECT
    x.process AS process, x.order_id AS order_id, x.id AS id, x.unit AS unit,
    if(l.stage != '', l.stage, x.stage) AS stage,
    x.visit AS visit, x.kind AS kind, toLowCardinality(if(x.severity = '', 'warning', x.severity)) AS severity, toLowCardinality(stands) AS state,
    toBool(stands NOT IN ('resolved', 'archived', 'withdrawn')) AS open,
    l.revision AS revision,
    owner_now AS owner, team_now AS owner_team,
    if(l.cause != '', l.cause, x.cause) AS cause, x.cause_team AS cause_team,
    x.amount AS amount, x.currency AS currency, x.opened_at AS opened_at, x.detected_at AS detected_at,
    assigned AS assigned_at,
    if(assigned IS NULL OR staged IS NULL, NULL, greatest(assigned, staged)) AS located_at,
    l.acknowledged_at AS acknowledged_at, l.acknowledged_by AS acknowledged_by,
    over_at AS resolved_at, closed_at AS archived_at, l.reopened AS reopened,
    l.changed_at AS changed_at, l.changed_by AS changed_by,
    toLowCardinality(told) AS escalate_to,
    if(NOT x.withdrawn AND escalates_at <= least(now64(3, 'UTC'), ifNull(l.acknowledged_at, now64(3, 'UTC')), ifNull(over_at, now64(3, 'UTC'))), escalates_at, NULL) AS escalated_at,
    if(complaint = 0, NULL, complaint) AS complained_at,
    if(x.kind = 'complaint', NULL, toBool(complained_at IS NULL OR found_at < complained_at)) AS found_first,
    if(l.acknowledged_at IS NULL, NULL, greatest(0, dateDiff('millisecond', x.opened_at, l.acknowledged_at)) / 1000) AS acknowledge_seconds,
    if(located_at IS NULL, NULL, greatest(0, dateDiff('millisecond', x.opened_at, located_at)) / 1000) AS locate_seconds,
    if(over_at IS NULL, NULL, greatest(0, dateDiff('millisecond', x.opened_at, over_at)) / 1000) AS resolve_seconds,
    x.channel AS channel, x.region AS region, x.warehouse AS warehouse, x.carrier AS carrier, x.supplier AS supplier,
    x.product AS product, x.source AS source, x.live AS live, x.topic AS topic, x.partition AS partition
FROM (SELECT * FROM takt_store.exceptions FINAL WHERE NOT deleted) AS x
LEFT JOIN
(
    SELECT
        c.process AS process, c.order_id AS order_id, c.exception AS id,
        max(c.revision) AS revision,
        argMaxIf(c.step, c.revision, c.step != 'note') AS decided, maxIf(c.revision, c.step != 'note') AS decided_on,
        maxIf(c.revision, c.step = 'note') AS noted_on,
        maxIf(c.revision, c.step = 'assign') AS assigned_on,
        argMinIfOrNull(c.at, c.revision, c.step = 'assign') AS assigned_at,
        argMaxIf(c.assignee, c.revision, c.step = 'assign') AS assignee,
        argMaxIf(c.team, c.revision, c.step = 'assign' AND c.team != '') AS team,
        argMinIfOrNull(c.at, c.revision, c.stage != '') AS staged_at,
        argMaxIf(c.stage, c.revision, c.stage != '') AS stage,
        argMaxIf(c.cause, c.revision, c.cause != '') AS cause,
        argMinIfOrNull(c.at, c.revision, c.step IN ('acknowledge', 'note', 'resolve')) AS acknowledged_at,
        argMinIf(c.author, c.revision, c.step IN ('acknowledge', 'note', 'resolve')) AS acknowledged_by,
        maxIf(c.revision, c.step = 'resolve') AS resolved_on, argMaxIfOrNull(c.at, c.revision, c.step = 'resolve') AS resolved_at,
        maxIf(c.revision, c.step = 'reopen') AS reopened_on, argMaxIfOrNull(c.at, c.revision, c.step = 'reopen') AS reopened_at,
        maxIf(c.revision, c.step = 'archive') AS archived_on, argMaxIfOrNull(c.at, c.revision, c.step = 'archive') AS archived_at,
        toUInt32(countIf(c.step = 'reopen')) AS reopened,
        toNullable(argMax(c.at, c.revision)) AS changed_at, argMax(c.author, c.revision) AS changed_by
    FROM takt_store.exception_changes AS c FINAL
    WHERE NOT c.refused AND c.revision > 0
    GROUP BY c.process, c.order_id, c.exception
) AS l ON x.process = l.process AND x.order_id = l.order_id AND x.id = l.id
LEFT JOIN
(
    SELECT
        c.process AS process, c.stage AS stage, argMax(c.escalate_to, c.valid_from) AS escalate_to,
        argMax(tuple(c.escalate_after_seconds), c.valid_from).1 AS escalate_after_seconds
    FROM takt_store.stages AS c FINAL
    GROUP BY c.process, c.stage
) AS s ON x.process = s.process AND x.stage = s.stage
LEFT JOIN
(
    SELECT
        c.process AS process, c.kind AS kind,
        if(argMax(c.deleted, c.valid_from) = 1, '', argMax(c.escalate_to, c.valid_from)) AS escalate_to,
        if(argMax(c.deleted, c.valid_from) = 1, NULL, argMax(tuple(c.escalate_after_seconds), c.valid_from).1) AS escalate_after_seconds
    FROM takt_store.escalations AS c FINAL
    GROUP BY c.process, c.kind
) AS z ON x.process = z.process AND x.kind = z.kind
LEFT JOIN
(
    SELECT order_id, arraySort(groupArray(opened_at)) AS complaints
    FROM takt_store.exceptions FINAL
    WHERE NOT deleted AND NOT withdrawn AND kind = 'complaint'
    GROUP BY order_id
) AS k ON x.order_id = k.order_id
COMMENT 'Exceptions as they stand, with what people did about them; 异常现状及处置情况';

CREATE OR REPLACE VIEW takt.exception_times_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Day the exceptions were opened, UTC; 触发日期，UTC',
    kind LowCardinality(String) COMMENT 'Kind of exception; 异常类型',
    stage LowCardinality(String) COMMENT 'Stage at fault, empty while it is not known; 责任环节，未定位为空',
    owner_team LowCardinality(String) COMMENT 'Team responsible now; 当前负责团队',
    owner LowCardinality(String) COMMENT 'Person responsible now; 当前负责人',
    exceptions UInt64 COMMENT 'Exceptions not withdrawn, count; 未撤回的异常数，个',
    amount Decimal(38, 2) COMMENT 'Amount of money of their orders, mixed currencies added as they stand; 涉及金额，不同币种直接相加',
    still_open UInt64 COMMENT 'Exceptions on which somebody still has to act, count; 仍需处理的异常数，个',
    acknowledged UInt64 COMMENT 'Exceptions that a person answered, count; 已有人响应的异常数，个',
    acknowledge_p50_seconds Nullable(Float64) COMMENT 'Median time from opening to the first answer, seconds, NULL without any; 首次响应时长中位数，秒，无则为 NULL',
    acknowledge_p90_seconds Nullable(Float64) COMMENT 'Time from opening to the first answer that nine of ten keep, seconds, NULL without any; 首次响应时长九成分位，秒，无则为 NULL',
    located UInt64 COMMENT 'Exceptions with a known stage and owner, count; 已定位环节与负责人的异常数，个',
    locate_p50_seconds Nullable(Float64) COMMENT 'Median time from opening to known stage and owner, seconds, NULL without any; 定位时长中位数，秒，无则为 NULL',
    locate_p90_seconds Nullable(Float64) COMMENT 'Time from opening to known stage and owner that nine of ten keep, seconds, NULL without any; 定位时长九成分位，秒，无则为 NULL',
    resolved UInt64 COMMENT 'Exceptions resolved or archived, count; 已解决或已归档的异常数，个',
    resolve_p50_seconds Nullable(Float64) COMMENT 'Median time from opening to the resolution, seconds, NULL without any; 解决时长中位数，秒，无则为 NULL',
    resolve_p90_seconds Nullable(Float64) COMMENT 'Time from opening to the resolution that nine of ten keep, seconds, NULL without any; 解决时长九成分位，秒，无则为 NULL',
    archived UInt64 COMMENT 'Exceptions archived, count; 已归档的异常数，个',
    escalated UInt64 COMMENT 'Exceptions escalated for want of an answer, count; 因未响应而升级的异常数，个',
    reopened UInt64 COMMENT 'Exceptions reopened at least once, count; 至少重开一次的异常数，个',
    reopen_rate Nullable(Float64) COMMENT 'Reopened of those ever resolved, 0 to 1, NULL without any; 重开率：曾解决的异常中被重开的比例，0 到 1，无则为 NULL',
    found_first_rate Nullable(Float64) COMMENT 'Found before a complaint of all but complaints, 0 to 1, NULL without any; 先于投诉发现的比例（不含投诉本身），0 到 1，无则为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, toDate(opened_at) AS day, kind, stage, owner_team, owner,
    count() AS exceptions, toDecimal128(sum(ifNull(amount, 0)), 2) AS amount,
    countIf(open) AS still_open,
    count(acknowledge_seconds) AS acknowledged,
    quantileExactInclusiveOrNull(0.5)(acknowledge_seconds) AS acknowledge_p50_seconds,
    quantileExactInclusiveOrNull(0.9)(acknowledge_seconds) AS acknowledge_p90_seconds,
    count(locate_seconds) AS located,
    quantileExactInclusiveOrNull(0.5)(locate_seconds) AS locate_p50_seconds,
    quantileExactInclusiveOrNull(0.9)(locate_seconds) AS locate_p90_seconds,
    count(resolve_seconds) AS resolved,
    quantileExactInclusiveOrNull(0.5)(resolve_seconds) AS resolve_p50_seconds,
    quantileExactInclusiveOrNull(0.9)(resolve_seconds) AS resolve_p90_seconds,
    countIf(state = 'archived') AS archived,
    count(escalated_at) AS escalated,
    countIf(e.reopened > 0) AS reopened,
    if(countIf(resolve_seconds IS NOT NULL OR e.reopened > 0) = 0, NULL, reopened / countIf(resolve_seconds IS NOT NULL OR e.reopened > 0)) AS reopen_rate,
    if(count(found_first) = 0, NULL, countIf(found_first) / count(found_first)) AS found_first_rate
FROM takt.exception_states AS e
WHERE state != 'withdrawn'
GROUP BY process, day, kind, stage, owner_team, owner
COMMENT 'How fast exceptions are answered, located and resolved, by day; 异常响应、定位与解决时效（按日）';
