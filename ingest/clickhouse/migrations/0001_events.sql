-- Events and dead letters: what came from the log. See DESIGN 3.5 and 3.7.

CREATE TABLE IF NOT EXISTS takt_store.events
(
    event_id FixedString(16) COMMENT 'Identity of the event; 事件标识',
    content UInt64 COMMENT 'Hash of what the event says; 事件内容哈希',
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
    live Bool COMMENT 'Whether it came live rather than as history; 是否实时到达（非历史数据）',
    deleted UInt8 COMMENT 'Whether the source took the event back; 来源是否撤回该事件',
    revision UInt128 MATERIALIZED bitOr(bitShiftLeft(toUInt128(ifNull(toUnixTimestamp64Milli(recorded_at), 0)), 64), toUInt128(content)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效',
    INDEX order_id_bloom order_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(revision, deleted)
ORDER BY event_id
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'What happened to orders; 订单事件';

CREATE TABLE IF NOT EXISTS takt_store.dead_letters
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
    value String COMMENT 'Value of the record, personal fields masked; 记录内容，个人字段已脱敏' CODEC(ZSTD(1)),
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was written, UTC; 写入时间，UTC',
    deleted UInt8 COMMENT 'Whether the row was taken back; 该行是否已撤回',
    revision UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(written_at)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision, deleted)
ORDER BY (topic, epoch, partition, offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Records that could not be taken; 无法处理的记录';
