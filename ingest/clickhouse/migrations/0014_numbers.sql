-- Orders known under several numbers: an event that has followed its order to another
-- number supersedes what was written under the former one, whichever is written last.

ALTER TABLE takt_store.events ADD COLUMN IF NOT EXISTS moves UInt8 COMMENT 'Times it followed its order to another number, count; 随订单改号的次数，次' AFTER live;

ALTER TABLE takt_store.events MODIFY COLUMN revision UInt128 MATERIALIZED bitOr(bitOr(bitShiftLeft(toUInt128(moves), 112), bitShiftLeft(toUInt128(ifNull(toUnixTimestamp64Milli(recorded_at), 0)), 64)), toUInt128(content)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效';

-- An order that is merged into another, or of which everything was taken back, is none.
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
WHERE NOT deleted AND status NOT IN ('merged', 'retracted')
COMMENT 'Orders as they stand; 订单现状';
