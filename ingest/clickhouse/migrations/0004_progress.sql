-- The truth of what is done: one row per flush and partition. See DESIGN 3.1.

CREATE TABLE IF NOT EXISTS takt_store.progress
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
    last_offset Int64 COMMENT 'Offset of the last record taken; 最后读取记录的偏移量',
    last_append Int64 COMMENT 'Append time of that record, milliseconds since 1970, 0 if none; 该记录写入日志的时间，1970 年起的毫秒数，无则为 0',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was written, UTC; 写入时间，UTC',
    revision UInt64 MATERIALIZED flush COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (topic, epoch, partition, next_offset, first_offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Flushes written whole, by range of offsets; 已完整写入的批次及其偏移量范围';
