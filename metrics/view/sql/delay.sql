-- The last seven days by hour: visits under way for longer than the stage's median of the last 28 days, and how much
-- longer. What bottleneck_now ranks is its present end.

CREATE OR REPLACE VIEW takt.delay_hourly
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    hour DateTime64(3, 'UTC') COMMENT 'Full hour, UTC; 整点时刻，UTC',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    position UInt16 COMMENT 'Place in the process from 1; 流程中的位置，从 1 起',
    title_en String COMMENT 'Title in English; 英文名称',
    title_zh String COMMENT 'Title in Chinese; 中文名称',
    old UInt64 COMMENT 'Visits under way for longer than the median, count; 超过中位耗时仍在办的停留数，次',
    delay_seconds Float64 COMMENT 'Time beyond the median of those, summed, seconds; 超出中位耗时的时长合计，秒',
    amount Float64 COMMENT 'Money of their orders, mixed currencies added as they stand; 涉及金额，不同币种直接相加'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    s.process AS process, fromUnixTimestamp64Milli(toInt64(s.hour_of * 3600000), 'UTC') AS hour, s.stage AS stage, s.position AS position,
    s.title_en AS title_en, s.title_zh AS title_zh, d.n AS old, d.delay AS delay_seconds, d.money AS amount
FROM
(
    SELECT process, stage, position, title_en, title_zh, toInt64(arrayJoin(range(toInt64(intDiv(toUnixTimestamp(now()), 3600)) - 167, toInt64(intDiv(toUnixTimestamp(now()), 3600)) + 1))) AS hour_of
    FROM takt.stages
) AS s
LEFT JOIN
(
    SELECT process, stage, hour_of, count() AS n, sum(hour_of * 3600 - old_from) AS delay, sum(money) AS money
    FROM
    (
        SELECT
            v.process AS process, v.stage AS stage, toFloat64(ifNull(v.amount, 0)) AS money, toUnixTimestamp64Milli(v.entered_at) / 1000 + m.median AS old_from,
            arrayJoin(range(toInt64(greatest(toInt64(intDiv(toUnixTimestamp(now()), 3600)) - 167, toInt64(ceil(old_from / 3600)))),
                toInt64(least(toInt64(intDiv(toUnixTimestamp(now()), 3600)) + 1, if(v.left_at IS NULL, 9000000, toInt64(ceil(toUnixTimestamp64Milli(assumeNotNull(v.left_at)) / 3600000))))))) AS hour_of
        FROM takt.visits AS v
        INNER JOIN
        (
            SELECT process, stage, quantileExact(0.5)(assumeNotNull(wall_seconds)) AS median
            FROM takt_store.visits FINAL
            WHERE NOT deleted AND outcome = 'finished' AND left_at > now64(3, 'UTC') - INTERVAL 28 DAY
            GROUP BY process, stage
        ) AS m ON v.process = m.process AND v.stage = m.stage
        WHERE v.left_at IS NULL OR v.left_at > now64(3, 'UTC') - INTERVAL 8 DAY
    )
    GROUP BY process, stage, hour_of
) AS d ON s.process = d.process AND s.stage = d.stage AND s.hour_of = d.hour_of
COMMENT 'What waited too long, by hour of the last week; 近一周每小时的超常积压';
