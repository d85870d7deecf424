-- What people query: deduplicated views. Their owner reads takt_store, their readers need not.

CREATE DATABASE IF NOT EXISTS takt;

CREATE OR REPLACE VIEW takt.events
(
    event_id String COMMENT 'Identity of the event, hexadecimal; 事件标识，十六进制',
    order_id String COMMENT 'Unified order number; 统一订单号',
    source_order String COMMENT 'Order number of the source system; 来源系统订单号',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    source LowCardinality(String) COMMENT 'Source system that reported it; 来源系统',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    activity LowCardinality(String) COMMENT 'What happened; 发生的活动',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, UTC; 发生时间，UTC',
    recorded_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the source recorded it, UTC; 来源记录时间，UTC',
    actor LowCardinality(String) COMMENT 'Who did it; 操作人',
    owner LowCardinality(String) COMMENT 'Person responsible; 负责人',
    region LowCardinality(String) COMMENT 'Region; 地区',
    warehouse LowCardinality(String) COMMENT 'Warehouse; 仓库',
    carrier LowCardinality(String) COMMENT 'Carrier; 承运商',
    supplier LowCardinality(String) COMMENT 'Supplier; 供应商',
    product LowCardinality(String) COMMENT 'Product; 商品',
    customer_key String COMMENT 'Keyed hash of the customer, never the customer; 客户的密钥哈希，不含客户本身',
    amount Nullable(Decimal(18, 2)) COMMENT 'Amount of money, in currency; 金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amount, ISO 4217; 币种，ISO 4217',
    quantity Nullable(Decimal(18, 3)) COMMENT 'Quantity, pieces; 数量，件',
    promised_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Promised date as given, UTC; 承诺时间（原值），UTC',
    promise_kind LowCardinality(String) COMMENT 'Kind of promise: requested, first or current; 承诺类型：requested 要求、first 首次、current 现行',
    reason String COMMENT 'Reason in the words of the source; 来源给出的原因',
    attributes Map(LowCardinality(String), String) COMMENT 'Further attributes by name; 其他属性',
    topic LowCardinality(String) COMMENT 'Topic of the log; 日志主题',
    partition UInt32 COMMENT 'Partition of the topic; 主题分区',
    epoch UInt16 COMMENT 'Epoch of the source, raised when its log starts anew; 来源纪元，日志重建时加一',
    offset UInt64 COMMENT 'Offset in the partition; 分区内偏移量',
    live Bool COMMENT 'Whether it came live rather than as history; 是否实时到达（非历史数据）'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    lower(hex(event_id)) AS event_id,
    order_id, source_order, unit, process, source, channel, activity, occurred_at, recorded_at, actor, owner, region,
    warehouse, carrier, supplier, product, customer_key, amount, currency, quantity, promised_at, promise_kind,
    reason, attributes, topic, partition, epoch, offset, live
FROM takt_store.events FINAL
WHERE NOT deleted
COMMENT 'What happened to orders; 订单事件';

CREATE OR REPLACE VIEW takt.visits
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    visit UInt32 COMMENT 'Number of the visit from 1, more than 1 is rework; 第几次进入该环节，大于 1 为返工',
    entered_at DateTime64(3, 'UTC') COMMENT 'When the stage was entered, UTC; 进入时间，UTC',
    left_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the stage was left, UTC, NULL while open; 离开时间，UTC，未离开为 NULL',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Deadline of the visit, UTC, NULL without limit; 截止时间，UTC，无时限为 NULL',
    wall_seconds Nullable(Float64) COMMENT 'Wall time in the stage, seconds, NULL while open; 自然时长，秒，未离开为 NULL',
    working_seconds Nullable(Float64) COMMENT 'Working time in the stage, seconds, NULL while open; 工作时长，秒，未离开为 NULL',
    limit_seconds Nullable(Float64) COMMENT 'Limit of the visit, seconds, NULL without limit; 时限，秒，无时限为 NULL',
    breached Nullable(Bool) COMMENT 'Whether the limit was exceeded, NULL while undecided; 是否超时，未定为 NULL',
    outcome LowCardinality(String) COMMENT 'How it was left: open, finished or abandoned; 离开方式：open 未离开、finished 完成、abandoned 放弃',
    owner LowCardinality(String) COMMENT 'Person responsible; 负责人',
    owner_team LowCardinality(String) COMMENT 'Team responsible; 负责团队',
    actor LowCardinality(String) COMMENT 'Who did it; 操作人',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    region LowCardinality(String) COMMENT 'Region; 地区',
    warehouse LowCardinality(String) COMMENT 'Warehouse; 仓库',
    carrier LowCardinality(String) COMMENT 'Carrier; 承运商',
    supplier LowCardinality(String) COMMENT 'Supplier; 供应商',
    product LowCardinality(String) COMMENT 'Product; 商品',
    source LowCardinality(String) COMMENT 'Source system that reported it; 来源系统',
    amount Nullable(Decimal(18, 2)) COMMENT 'Amount of money, in currency; 金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amount, ISO 4217; 币种，ISO 4217',
    live Bool COMMENT 'Whether it came live rather than as history; 是否实时到达（非历史数据）'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, order_id, unit, stage, visit, entered_at, left_at, due_at, wall_seconds, working_seconds, limit_seconds,
    breached, outcome, owner, owner_team, actor, channel, region, warehouse, carrier, supplier, product, source,
    amount, currency, live
FROM takt_store.visits FINAL
WHERE NOT deleted
UNION ALL
SELECT
    process, order_id, o_unit AS unit, o_stage AS stage, o_visit AS visit, o_entered_at AS entered_at,
    CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS left_at, o_due_at AS due_at,
    CAST(NULL, 'Nullable(Float64)') AS wall_seconds, CAST(NULL, 'Nullable(Float64)') AS working_seconds,
    o_limit_seconds AS limit_seconds, o_breached AS breached, toLowCardinality('open') AS outcome, o_owner AS owner,
    o_owner_team AS owner_team, o_actor AS actor, o_channel AS channel, o_region AS region, o_warehouse AS warehouse,
    o_carrier AS carrier, o_supplier AS supplier, o_product AS product, o_source AS source, o_amount AS amount,
    o_currency AS currency, o_live AS live
FROM takt_store.orders FINAL
ARRAY JOIN
    open_unit AS o_unit, open_stage AS o_stage, open_visit AS o_visit, open_entered_at AS o_entered_at,
    open_due_at AS o_due_at, open_limit_seconds AS o_limit_seconds, open_breached AS o_breached,
    open_owner AS o_owner, open_owner_team AS o_owner_team, open_actor AS o_actor, open_channel AS o_channel,
    open_region AS o_region, open_warehouse AS o_warehouse, open_carrier AS o_carrier, open_supplier AS o_supplier,
    open_product AS o_product, open_source AS o_source, open_amount AS o_amount, open_currency AS o_currency,
    open_live AS o_live
WHERE NOT deleted
COMMENT 'Stays of units in stages, open ones too; 环节停留，含未离开的';

CREATE OR REPLACE VIEW takt.orders
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    status LowCardinality(String) COMMENT 'Status: open, completed or cancelled; 状态：open 进行中、completed 完成、cancelled 取消',
    opened_at DateTime64(3, 'UTC') COMMENT 'When the order was placed, UTC; 下单时间，UTC',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the order was completed or cancelled, UTC; 完成或取消时间，UTC',
    stage_now LowCardinality(String) COMMENT 'Open stage entered last, empty if none; 当前环节，无则为空',
    owner_now LowCardinality(String) COMMENT 'Person responsible now; 当前负责人',
    promised_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Promise in force as given, UTC; 现行承诺时间（原值），UTC',
    promise_due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when the promise in force holds, UTC; 现行承诺截止时间，UTC',
    promised_first_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First promise as given, UTC; 首次承诺时间（原值），UTC',
    promise_kept Nullable(Bool) COMMENT 'Whether the promise in force was kept, NULL while undecided; 是否按现行承诺交付，未定为 NULL',
    amount Nullable(Decimal(18, 2)) COMMENT 'Amount of money, in currency; 金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amount, ISO 4217; 币种，ISO 4217',
    customer_key String COMMENT 'Keyed hash of the customer, never the customer; 客户的密钥哈希，不含客户本身',
    region LowCardinality(String) COMMENT 'Region; 地区',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    product LowCardinality(String) COMMENT 'Product; 商品',
    supplier LowCardinality(String) COMMENT 'Supplier; 供应商',
    stages Array(LowCardinality(String)) COMMENT 'Stages entered, in order; 依次进入的环节',
    exceptions UInt32 COMMENT 'Exceptions not withdrawn, count; 未撤回的异常数，个',
    reopened UInt32 COMMENT 'Times reopened, count; 重新打开次数，次',
    live Bool COMMENT 'Whether it came live rather than as history; 是否实时到达（非历史数据）'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, order_id, status, opened_at, closed_at, stage_now, owner_now, promised_at, promise_due_at,
    promised_first_at, promise_kept, amount, currency, customer_key, region, channel, product, supplier, stages,
    exceptions, reopened, live
FROM takt_store.orders FINAL
WHERE NOT deleted
COMMENT 'Orders as they stand; 订单现状';

CREATE OR REPLACE VIEW takt.exceptions
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    id UInt64 COMMENT 'Identity of the exception; 异常标识',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    stage LowCardinality(String) COMMENT 'Stage of the process, empty for the order as a whole; 流程环节，整单为空',
    visit UInt32 COMMENT 'Number of the visit from 1, more than 1 is rework; 第几次进入该环节，大于 1 为返工',
    kind LowCardinality(String) COMMENT 'Kind of exception; 异常类型',
    owner LowCardinality(String) COMMENT 'Person responsible; 负责人',
    owner_team LowCardinality(String) COMMENT 'Team responsible; 负责团队',
    cause String COMMENT 'Cause of the exception; 异常原因',
    amount Nullable(Decimal(18, 2)) COMMENT 'Amount of money, in currency; 金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amount, ISO 4217; 币种，ISO 4217',
    opened_at DateTime64(3, 'UTC') COMMENT 'When the rule was broken, UTC; 触发时间，UTC',
    detected_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When Takt found it, UTC; 发现时间，UTC',
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was resolved, UTC, NULL while open; 解决时间，UTC，未解决为 NULL',
    state LowCardinality(String) COMMENT 'State: open, resolved or withdrawn; 状态：open 未解决、resolved 已解决、withdrawn 已撤回',
    withdrawn Bool COMMENT 'Whether a later event refuted it; 是否被后来的事件推翻',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    region LowCardinality(String) COMMENT 'Region; 地区',
    warehouse LowCardinality(String) COMMENT 'Warehouse; 仓库',
    carrier LowCardinality(String) COMMENT 'Carrier; 承运商',
    supplier LowCardinality(String) COMMENT 'Supplier; 供应商',
    product LowCardinality(String) COMMENT 'Product; 商品',
    source LowCardinality(String) COMMENT 'Source system that reported it; 来源系统',
    live Bool COMMENT 'Whether it came live rather than as history; 是否实时到达（非历史数据）'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, order_id, id, unit, stage, visit, kind, owner, owner_team, cause, amount, currency, opened_at,
    detected_at, resolved_at,
    toLowCardinality(multiIf(withdrawn, 'withdrawn', resolved_at IS NOT NULL, 'resolved', 'open')) AS state,
    withdrawn, channel, region, warehouse, carrier, supplier, product, source, live
FROM takt_store.exceptions FINAL
WHERE NOT deleted
COMMENT 'What needs an owner; 需要负责人处理的异常';

CREATE OR REPLACE VIEW takt.promises
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    event UInt64 COMMENT 'Event that gave the promise; 作出承诺的事件',
    kind LowCardinality(String) COMMENT 'Kind of promise: requested, first or current; 承诺类型：requested 要求、first 首次、current 现行',
    given_at DateTime64(3, 'UTC') COMMENT 'When the promise was given, UTC; 作出承诺的时间，UTC',
    promised_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Promised date as given, UTC; 承诺时间（原值），UTC',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when the promise holds, UTC; 承诺截止时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, order_id, event, kind, given_at, promised_at, due_at
FROM takt_store.promises FINAL
WHERE NOT deleted
COMMENT 'Dates promised for orders; 订单承诺';

CREATE OR REPLACE VIEW takt.dead_letters
(
    source LowCardinality(String) COMMENT 'Source system that reported it; 来源系统',
    topic LowCardinality(String) COMMENT 'Topic of the log; 日志主题',
    partition UInt32 COMMENT 'Partition of the topic; 主题分区',
    epoch UInt16 COMMENT 'Epoch of the source, raised when its log starts anew; 来源纪元，日志重建时加一',
    offset UInt64 COMMENT 'Offset in the partition; 分区内偏移量',
    appended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the log took the record, UTC; 日志收到记录的时间，UTC',
    reason LowCardinality(String) COMMENT 'Why it could not be taken; 无法处理的原因',
    field LowCardinality(String) COMMENT 'Field at fault, never its value; 出错字段（不含其值）',
    key String COMMENT 'Key of the record, raw bytes; 记录键，原始字节',
    value String COMMENT 'Value of the record, personal fields masked; 记录内容，个人字段已脱敏',
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was written, UTC; 写入时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    source, topic, partition, epoch, offset, appended_at, reason, field, key, value, process, written_at
FROM takt_store.dead_letters FINAL
WHERE NOT deleted
COMMENT 'Records that could not be taken; 无法处理的记录';

CREATE OR REPLACE VIEW takt.progress
(
    topic LowCardinality(String) COMMENT 'Topic of the log; 日志主题',
    partition UInt32 COMMENT 'Partition of the topic; 主题分区',
    epoch UInt16 COMMENT 'Epoch of the source, raised when its log starts anew; 来源纪元，日志重建时加一',
    first_offset UInt64 COMMENT 'First offset the flush covers; 批次起始偏移量',
    next_offset UInt64 COMMENT 'Offset after the last one the flush covers; 批次结束后的下一偏移量',
    records UInt64 COMMENT 'Records in the flush, count; 批次记录数，条',
    stored UInt64 COMMENT 'Records stored, count; 入库记录数，条',
    dead UInt64 COMMENT 'Records that became dead letters, count; 死信记录数，条',
    duplicate UInt64 COMMENT 'Records skipped as repeats, count; 重复而跳过的记录数，条',
    tombstone UInt64 COMMENT 'Records skipped for having no value, count; 无内容而跳过的记录数，条',
    ignored UInt64 COMMENT 'Records of which the mapping makes no event, count; 映射不产生事件的记录数，条',
    events UInt64 COMMENT 'Events stored, count; 入库事件数，条',
    history UInt64 COMMENT 'Records stored as history, count; 作为历史入库的记录数，条',
    partitions UInt32 COMMENT 'Partitions of the topic, count; 主题分区数，个',
    source LowCardinality(String) COMMENT 'Source system that reported it; 来源系统',
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    writer LowCardinality(String) COMMENT 'Start of the process that wrote it; 写入进程的启动标识',
    flush UInt64 COMMENT 'Number of the flush in its partition and epoch; 该分区该纪元内的批次号',
    history_end UInt64 COMMENT 'Offset below which records are history; 此偏移量以前的记录为历史',
    leader_epoch Int32 COMMENT 'Leader epoch of the partition, -1 if not told; 分区的 leader 纪元，未知为 -1',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was written, UTC; 写入时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    topic, partition, epoch, first_offset, next_offset, records, stored, dead, duplicate, tombstone, ignored, events,
    history, partitions, source, process, writer, flush, history_end, leader_epoch, written_at
FROM takt_store.progress FINAL
COMMENT 'Flushes written whole, by range of offsets; 已完整写入的批次及其偏移量范围';

CREATE OR REPLACE VIEW takt.stages
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    position UInt16 COMMENT 'Place in the process from 1; 流程中的位置，从 1 起',
    title_en String COMMENT 'Title in English; 英文名称',
    title_zh String COMMENT 'Title in Chinese; 中文名称',
    limit_seconds Nullable(Float64) COMMENT 'Limit of a visit, seconds, NULL without limit; 时限，秒，无时限为 NULL',
    limit_of LowCardinality(String) COMMENT 'Clock of the limit: wall or working; 时限口径：wall 自然时间、working 工作时间',
    objective Nullable(Float64) COMMENT 'Share of visits that should keep the limit, 0 to 1; 应在时限内完成的比例，0 到 1',
    owner_team LowCardinality(String) COMMENT 'Team responsible; 负责团队',
    escalate_to LowCardinality(String) COMMENT 'Who is told when the owner does not act; 升级对象',
    valid_from DateTime64(3, 'UTC') COMMENT 'When this version was first seen, UTC; 该版本首次出现的时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, stage, position, title_en, title_zh, limit_seconds, limit_of, objective, owner_team, escalate_to,
    valid_from
FROM
(
    SELECT *
    FROM takt_store.stages FINAL
    ORDER BY valid_from DESC
    LIMIT 1 BY process, stage
)
WHERE NOT deleted
COMMENT 'Stages of the processes in force; 现行流程的环节';

CREATE OR REPLACE VIEW takt.teams
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    team LowCardinality(String) COMMENT 'Team; 团队',
    stages Array(LowCardinality(String)) COMMENT 'Stages the team is responsible for; 负责的环节',
    escalate_to Array(LowCardinality(String)) COMMENT 'Who is told when the team does not act; 升级对象',
    valid_from DateTime64(3, 'UTC') COMMENT 'When this version was first seen, UTC; 该版本首次出现的时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, team, stages, escalate_to, valid_from
FROM
(
    SELECT *
    FROM takt_store.teams FINAL
    ORDER BY valid_from DESC
    LIMIT 1 BY process, team
)
WHERE NOT deleted
COMMENT 'Teams that own stages; 负责环节的团队';
