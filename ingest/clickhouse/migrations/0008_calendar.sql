-- Working time: what each day of the configured calendars works, and a function
-- that counts the working time between two instants.

CREATE TABLE IF NOT EXISTS takt_store.calendar
(
    calendar LowCardinality(String) COMMENT 'Calendar; 日历',
    date Date COMMENT 'Day in the zone of the calendar; 日期，按日历所在时区',
    working Bool COMMENT 'Whether work begins on the day; 是否工作日',
    working_seconds Float64 COMMENT 'Working time of the day, seconds; 当日工作时长，秒',
    name_en String COMMENT 'Holiday or make-up day in English, empty for others; 节假日或调休日英文名称，其他日期为空',
    name_zh String COMMENT 'Holiday or make-up day in Chinese, empty for others; 节假日或调休日中文名称，其他日期为空',
    announced Bool COMMENT 'Whether the holidays of the year are known; 该年节假日安排是否已公布',
    definition UInt64 COMMENT 'Hash of the calendar that the row is of; 该行所属日历定义的哈希',
    written_at DateTime64(3, 'UTC') COMMENT 'When it was written, UTC; 写入时间，UTC',
    revision UInt64 MATERIALIZED toUInt64(toUnixTimestamp64Milli(written_at)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (calendar, date)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Days of the calendars; 日历的每一天';

-- What the function reads: joinGet finds a row by its key. A dictionary would need
-- a user and password of its own to read its table, and would lag behind it. The
-- last day of a calendar stands for all that follow.
CREATE TABLE IF NOT EXISTS takt_store.calendar_spans
(
    calendar String COMMENT 'Calendar; 日历',
    day Int32 COMMENT 'Day in UTC, counted from 1970-01-01; UTC 日序，自 1970-01-01 起',
    before Int64 COMMENT 'Working time before the day, milliseconds; 当日之前的累计工作时长，毫秒',
    opens Array(Int64) COMMENT 'When work begins on the day, milliseconds since 1970; 当日各段工作开始时间，Unix 毫秒',
    closes Array(Int64) COMMENT 'When that work ends, milliseconds since 1970; 对应的结束时间，Unix 毫秒',
    definition UInt64 COMMENT 'Hash of the calendar that the row is of; 该行所属日历定义的哈希'
)
ENGINE = Join(ANY, LEFT, calendar, day)
SETTINGS join_any_take_last_row = 1
COMMENT 'Working time of the calendars by day in UTC; 各日历按 UTC 日的工作时段';

CREATE OR REPLACE FUNCTION takt_working_milliseconds AS (calendar, ms) ->
    joinGetOrNull('takt_store.calendar_spans', 'before', calendar, toInt32(greatest(10956, least(33239, intDiv(ms, 86400000)))))
    + arraySum(
        (opens, closes) -> greatest(0, least(ms, closes) - opens),
        joinGet('takt_store.calendar_spans', 'opens', calendar, toInt32(greatest(10956, least(33239, intDiv(ms, 86400000))))),
        joinGet('takt_store.calendar_spans', 'closes', calendar, toInt32(greatest(10956, least(33239, intDiv(ms, 86400000))))));

CREATE OR REPLACE FUNCTION takt_working_seconds AS (calendar, from, to) ->
    if(isNull(from) OR isNull(to), NULL,
        (takt_working_milliseconds(toString(calendar), assumeNotNull(toUnixTimestamp64Milli(toDateTime64(to, 3, 'UTC'))))
        - takt_working_milliseconds(toString(calendar), assumeNotNull(toUnixTimestamp64Milli(toDateTime64(from, 3, 'UTC'))))) / 1000);

ALTER TABLE takt_store.stages ADD COLUMN IF NOT EXISTS
    calendar LowCardinality(String)
    DEFAULT 'always'
    COMMENT 'Calendar of its working time; 工作时间所依日历'
    AFTER limit_of;

CREATE OR REPLACE VIEW takt.calendar
(
    calendar LowCardinality(String) COMMENT 'Calendar; 日历',
    date Date COMMENT 'Day in the zone of the calendar; 日期，按日历所在时区',
    working Bool COMMENT 'Whether work begins on the day; 是否工作日',
    working_seconds Float64 COMMENT 'Working time of the day, seconds; 当日工作时长，秒',
    name_en String COMMENT 'Holiday or make-up day in English, empty for others; 节假日或调休日英文名称，其他日期为空',
    name_zh String COMMENT 'Holiday or make-up day in Chinese, empty for others; 节假日或调休日中文名称，其他日期为空',
    announced Bool COMMENT 'Whether the holidays of the year are known; 该年节假日安排是否已公布'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    calendar, date, working, working_seconds, name_en, name_zh, announced
FROM takt_store.calendar FINAL
COMMENT 'Days of the calendars that stages count working time by; 各环节计算工作时间所依日历的每一天';

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
    valid_from DateTime64(3, 'UTC') COMMENT 'When this version was first seen, UTC; 该版本首次出现的时间，UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, stage, position, title_en, title_zh, limit_seconds, limit_of, calendar, objective, owner_team, escalate_to,
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
