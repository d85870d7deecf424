-- What the tracker derives. A revision weighs epoch (16 bits), applied offset (64), as_of (48).

CREATE TABLE IF NOT EXISTS takt_store.visits
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    visit UInt32 COMMENT 'Number of the visit from 1, more than 1 is rework; 第几次进入该环节，大于 1 为返工',
    entered_at DateTime64(3, 'UTC') COMMENT 'When the stage was entered, UTC; 进入时间，UTC',
    left_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the stage was left, UTC, NULL while open; 离开时间，UTC，未离开为 NULL',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Deadline of the visit, UTC, NULL without limit; 截止时间，UTC，无时限为 NULL',
    wall_seconds Nullable(Float64) MATERIALIZED dateDiff('millisecond', entered_at, left_at) / 1000 COMMENT 'Wall time in the stage, seconds, NULL while open; 自然时长，秒，未离开为 NULL',
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
    live Bool COMMENT 'Whether it came live rather than as history; 是否实时到达（非历史数据）',
    topic LowCardinality(String) COMMENT 'Topic of the log; 日志主题',
    partition UInt32 COMMENT 'Partition of the topic; 主题分区',
    epoch UInt16 COMMENT 'Epoch of the source, raised when its log starts anew; 来源纪元，日志重建时加一',
    applied_offset UInt64 COMMENT 'Last offset applied to the order; 该订单已处理的最后偏移量',
    as_of UInt64 COMMENT 'Last clock reading the order saw, ms since 1970; 订单最后一次计时的时刻，自 1970 年起的毫秒',
    deleted UInt8 COMMENT 'Whether the row was taken back; 该行是否已撤回',
    revision UInt128 MATERIALIZED bitOr(bitOr(bitShiftLeft(toUInt128(epoch), 112), bitShiftLeft(toUInt128(applied_offset), 48)), toUInt128(as_of)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision, deleted)
ORDER BY (process, order_id, unit, stage, visit)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Closed stays of units in stages; 已离开的环节停留';

CREATE TABLE IF NOT EXISTS takt_store.exceptions
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
    withdrawn Bool COMMENT 'Whether a later event refuted it; 是否被后来的事件推翻',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    region LowCardinality(String) COMMENT 'Region; 地区',
    warehouse LowCardinality(String) COMMENT 'Warehouse; 仓库',
    carrier LowCardinality(String) COMMENT 'Carrier; 承运商',
    supplier LowCardinality(String) COMMENT 'Supplier; 供应商',
    product LowCardinality(String) COMMENT 'Product; 商品',
    source LowCardinality(String) COMMENT 'Source system that reported it; 来源系统',
    live Bool COMMENT 'Whether it came live rather than as history; 是否实时到达（非历史数据）',
    topic LowCardinality(String) COMMENT 'Topic of the log; 日志主题',
    partition UInt32 COMMENT 'Partition of the topic; 主题分区',
    epoch UInt16 COMMENT 'Epoch of the source, raised when its log starts anew; 来源纪元，日志重建时加一',
    applied_offset UInt64 COMMENT 'Last offset applied to the order; 该订单已处理的最后偏移量',
    as_of UInt64 COMMENT 'Last clock reading the order saw, ms since 1970; 订单最后一次计时的时刻，自 1970 年起的毫秒',
    deleted UInt8 COMMENT 'Whether the row was taken back; 该行是否已撤回',
    revision UInt128 MATERIALIZED bitOr(bitOr(bitShiftLeft(toUInt128(epoch), 112), bitShiftLeft(toUInt128(applied_offset), 48)), toUInt128(as_of)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision, deleted)
ORDER BY (process, order_id, id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What needs an owner; 需要负责人处理的异常';

CREATE TABLE IF NOT EXISTS takt_store.promises
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    event UInt64 COMMENT 'Event that gave the promise; 作出承诺的事件',
    kind LowCardinality(String) COMMENT 'Kind of promise: requested, first or current; 承诺类型：requested 要求、first 首次、current 现行',
    given_at DateTime64(3, 'UTC') COMMENT 'When the promise was given, UTC; 作出承诺的时间，UTC',
    promised_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Promised date as given, UTC; 承诺时间（原值），UTC',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when the promise holds, UTC; 承诺截止时间，UTC',
    topic LowCardinality(String) COMMENT 'Topic of the log; 日志主题',
    partition UInt32 COMMENT 'Partition of the topic; 主题分区',
    epoch UInt16 COMMENT 'Epoch of the source, raised when its log starts anew; 来源纪元，日志重建时加一',
    applied_offset UInt64 COMMENT 'Last offset applied to the order; 该订单已处理的最后偏移量',
    as_of UInt64 COMMENT 'Last clock reading the order saw, ms since 1970; 订单最后一次计时的时刻，自 1970 年起的毫秒',
    deleted UInt8 COMMENT 'Whether the row was taken back; 该行是否已撤回',
    revision UInt128 MATERIALIZED bitOr(bitOr(bitShiftLeft(toUInt128(epoch), 112), bitShiftLeft(toUInt128(applied_offset), 48)), toUInt128(as_of)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision, deleted)
ORDER BY (process, order_id, event)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Dates promised for orders; 订单承诺';
