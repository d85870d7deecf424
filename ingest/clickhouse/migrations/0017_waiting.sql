-- Most orders have no open visit, and those that have came lately nearly everywhere: what
-- tells them apart lets a view of visits pass all others over.

ALTER TABLE takt_store.orders ADD INDEX IF NOT EXISTS waiting_set notEmpty(open) TYPE set(2) GRANULARITY 1;

ALTER TABLE takt_store.orders MATERIALIZE INDEX waiting_set;

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
    process, order_id, o.unit AS unit, o.stage AS stage, o.visit AS visit, o.entered_at AS entered_at,
    CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS left_at, o.due_at AS due_at,
    CAST(NULL, 'Nullable(Float64)') AS wall_seconds, CAST(NULL, 'Nullable(Float64)') AS working_seconds,
    o.limit_seconds AS limit_seconds, o.breached AS breached, toLowCardinality('open') AS outcome, o.owner AS owner,
    o.owner_team AS owner_team, o.actor AS actor, channel, region, warehouse, carrier, supplier, product, source,
    amount, currency, o.live AS live
FROM takt_store.orders FINAL
ARRAY JOIN open AS o
WHERE NOT deleted AND notEmpty(open)
COMMENT 'Stays of units in stages, open ones too; 环节停留，含未离开的';
