-- Severity and cause of exceptions; ends without effect; what orders usually have still to go.

ALTER TABLE takt_store.exceptions
    ADD COLUMN IF NOT EXISTS severity LowCardinality(String) COMMENT 'How much it matters: info, warning or critical; 严重程度：info 提示、warning 警告、critical 严重' AFTER kind,
    ADD COLUMN IF NOT EXISTS cause_team LowCardinality(String) COMMENT 'Team that answers for the cause, empty if the process names none; 该原因的责任团队，流程未指定则为空' AFTER cause;

ALTER TABLE takt_store.orders
    ADD COLUMN IF NOT EXISTS ends_ignored UInt32 COMMENT 'Ends of stages that were not open any more, count; 环节已结束后又收到的结束事件数，个' AFTER late_records;

CREATE TABLE IF NOT EXISTS takt_store.stage_rests
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    valid_from DateTime64(3, 'UTC') COMMENT 'Orders opened from then on are judged by it, UTC; 自此时起下单的订单按此判定，UTC',
    entered_seconds Float64 COMMENT 'Median time from entering the stage to completion, seconds; 从进入环节到完成的时长中位数，秒',
    left_seconds Float64 COMMENT 'Median time from leaving the stage to completion, seconds; 从离开环节到完成的时长中位数，秒',
    orders UInt64 COMMENT 'Visits it was computed from, count; 计算所用的停留数，次',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was written, UTC; 写入时间，UTC',
    revision UInt64 MATERIALIZED 18446744073709551615 - toUInt64(toUnixTimestamp64Milli(written_at)) COMMENT 'Version of the row, the first one written holds; 行版本，最先写入者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (process, stage, valid_from)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What completed orders usually had still to go, by day; 订单剩余时长的历史中位数，按日';

CREATE OR REPLACE VIEW takt.exceptions
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    order_id String COMMENT 'Unified order number; 统一订单号',
    id UInt64 COMMENT 'Identity of the exception; 异常标识',
    unit String COMMENT 'Order line or parcel, empty for the order as a whole; 订单行或包裹，空为整单',
    stage LowCardinality(String) COMMENT 'Stage of the process, empty for the order as a whole; 流程环节，整单为空',
    visit UInt32 COMMENT 'Number of the visit from 1, more than 1 is rework; 第几次进入该环节，大于 1 为返工',
    kind LowCardinality(String) COMMENT 'Kind of exception; 异常类型',
    severity LowCardinality(String) COMMENT 'How much it matters: info, warning or critical; 严重程度：info 提示、warning 警告、critical 严重',
    owner LowCardinality(String) COMMENT 'Person responsible; 负责人',
    owner_team LowCardinality(String) COMMENT 'Team responsible; 负责团队',
    cause String COMMENT 'Cause of the exception; 异常原因',
    cause_team LowCardinality(String) COMMENT 'Team that answers for the cause, empty if the process names none; 该原因的责任团队，流程未指定则为空',
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
    process, order_id, id, unit, stage, visit, kind,
    toLowCardinality(if(severity = '', 'warning', severity)) AS severity, owner, owner_team, cause, cause_team, amount,
    currency, opened_at, detected_at, resolved_at,
    toLowCardinality(multiIf(withdrawn, 'withdrawn', resolved_at IS NOT NULL, 'resolved', 'open')) AS state,
    withdrawn, channel, region, warehouse, carrier, supplier, product, source, live
FROM takt_store.exceptions FINAL
WHERE NOT deleted
COMMENT 'What needs an owner; 需要负责人处理的异常';

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
    ends_ignored UInt32 COMMENT 'Ends of stages that were not open any more, count; 环节已结束后又收到的结束事件数，个',
    live Bool COMMENT 'Whether it came live rather than as history; 是否实时到达（非历史数据）'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, order_id, status, opened_at, closed_at, stage_now, owner_now, promised_at, promise_due_at,
    promised_first_at, promise_kept, amount, currency, customer_key, region, channel, product, supplier, stages,
    exceptions, reopened, ends_ignored, live
FROM takt_store.orders FINAL
WHERE NOT deleted
COMMENT 'Orders as they stand; 订单现状';

CREATE OR REPLACE VIEW takt.stage_rests
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    valid_from DateTime64(3, 'UTC') COMMENT 'Orders opened from then on are judged by it, UTC; 自此时起下单的订单按此判定，UTC',
    entered_seconds Float64 COMMENT 'Median time from entering the stage to completion, seconds; 从进入环节到完成的时长中位数，秒',
    left_seconds Float64 COMMENT 'Median time from leaving the stage to completion, seconds; 从离开环节到完成的时长中位数，秒',
    orders UInt64 COMMENT 'Visits it was computed from, count; 计算所用的停留数，次'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, stage, valid_from, entered_seconds, left_seconds, orders
FROM takt_store.stage_rests FINAL
COMMENT 'What completed orders usually had still to go, by day; 订单剩余时长的历史中位数，按日';
