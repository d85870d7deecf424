-- What comparing a source's own list with Takt found. Runs say which result of a day holds: the last one.

ALTER TABLE takt_store.events ADD INDEX IF NOT EXISTS occurred_at_range occurred_at TYPE minmax GRANULARITY 1;
ALTER TABLE takt_store.events MATERIALIZE INDEX occurred_at_range;

CREATE TABLE IF NOT EXISTS takt_store.reconciliation_runs
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    source LowCardinality(String) COMMENT 'Source system whose list it was; 清单所属来源系统',
    day Date COMMENT 'Day that was compared, in the zone of the process; 对账日期，按流程时区',
    channel LowCardinality(String) COMMENT 'Channel that was compared, empty for all; 对账渠道，空为全部渠道',
    counted Bool COMMENT 'Whether the list held counts only; 清单是否仅含数量',
    run UInt64 COMMENT 'Run, milliseconds since 1970; 对账批次，1970 年以来的毫秒数',
    revision UInt64 MATERIALIZED run COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (process, source, day, channel, counted)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Last reconciliation of each day; 各日最近一次对账';

CREATE TABLE IF NOT EXISTS takt_store.reconciliation_days
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    source LowCardinality(String) COMMENT 'Source system whose list it was; 清单所属来源系统',
    day Date COMMENT 'Day the orders were placed, in the zone of the process; 下单日期，按流程时区',
    channel LowCardinality(String) COMMENT 'Channel where the orders were placed; 下单渠道',
    run UInt64 COMMENT 'Run, milliseconds since 1970; 对账批次，1970 年以来的毫秒数',
    listed UInt64 COMMENT 'Orders of the list, count; 清单中的订单数，个',
    held UInt64 COMMENT 'Orders that Takt has, count; Takt 中的订单数，个',
    missing UInt64 COMMENT 'Orders listed that Takt does not have, count; 漏单数，个',
    extra UInt64 COMMENT 'Orders that Takt has and the list has not, count; 多单数，个',
    duplicate UInt64 COMMENT 'Orders that one side has more than once, count; 重复订单数，个',
    mismatch UInt64 COMMENT 'Orders that differ in a field, count; 字段不一致的订单数，个',
    late UInt64 COMMENT 'Orders whose placement was recorded late, count; 迟记订单数，个',
    listed_amount Decimal(18, 2) COMMENT 'Amount of money of the list, mixed currencies added as they stand; 清单金额，不同币种直接相加',
    held_amount Decimal(18, 2) COMMENT 'Amount of money that Takt has, mixed currencies added as they stand; Takt 中的金额，不同币种直接相加',
    revision UInt64 MATERIALIZED run COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (process, source, day, channel, run)
TTL toDateTime(fromUnixTimestamp64Milli(toInt64(run), 'UTC')) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What reconciliations counted, by day and channel; 对账结果（按日与渠道）';

CREATE TABLE IF NOT EXISTS takt_store.reconciliation_orders
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    source LowCardinality(String) COMMENT 'Source system whose list it was; 清单所属来源系统',
    day Date COMMENT 'Day the order was placed, in the zone of the process; 下单日期，按流程时区',
    channel LowCardinality(String) COMMENT 'Channel where the order was placed; 下单渠道',
    order_id String COMMENT 'Unified order number; 统一订单号',
    kind LowCardinality(String) COMMENT 'What is wrong: missing, extra, duplicate, mismatch or late; 差异类型：missing 漏单、extra 多单、duplicate 重复、mismatch 字段不一致、late 迟记',
    detail LowCardinality(String) COMMENT 'Of a mismatch the field, of missing not_received, dead_letter or not_placed, of duplicate list or takt; 明细：不一致为字段名；漏单为 not_received 未收到、dead_letter 死信、not_placed 仅有后续事件；重复为 list 清单或 takt',
    run UInt64 COMMENT 'Run, milliseconds since 1970; 对账批次，1970 年以来的毫秒数',
    listed_amount Nullable(Decimal(18, 2)) COMMENT 'Amount of money of the list, in currency, NULL if not told; 清单金额，单位见 currency，未知为 NULL',
    held_amount Nullable(Decimal(18, 2)) COMMENT 'Amount of money that Takt has, in currency, NULL if not told; Takt 中的金额，单位见 currency，未知为 NULL',
    currency LowCardinality(String) COMMENT 'Currency of the amounts, ISO 4217; 币种，ISO 4217',
    revision UInt64 MATERIALIZED run COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (process, source, day, order_id, kind, detail, run)
TTL toDateTime(fromUnixTimestamp64Milli(toInt64(run), 'UTC')) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Orders that a source and Takt do not agree on; 来源与 Takt 不一致的订单';
