-- Arrivals, departures and work in progress. The row of stage '' is the order as a whole. Work in progress at the
-- end of a day is the running sum of arrivals less departures; its mean over the day follows from the instants
-- themselves. Little's law: mean work = rate * mean time; what is left over tells of lost, doubled or
-- unfinished events, or of a queue that grows.

CREATE OR REPLACE VIEW takt.flow_daily
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    day Date COMMENT 'Begin of the day, week or month in the zone of the process; 日、周（周一）或月的起始日，按流程时区',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    arrivals UInt64 COMMENT 'Visits or orders that began, count; 到达数，次',
    departures UInt64 COMMENT 'Visits or orders that ended, count; 离开数，次',
    wip Int64 COMMENT 'Under way at the end of the day, count; 日末在办数，次',
    wip_mean Float64 COMMENT 'Under way on average over the day, count; 日均在办数，次',
    departed_mean_seconds Nullable(Float64) COMMENT 'Mean time of those that ended, seconds, NULL without any; 当日离开者的平均时长，秒，无则为 NULL',
    little_residual Nullable(Float64) COMMENT 'Mean work in progress of the 7 days to this one less rate of departures times their mean time, count, NULL without departures; 近 7 日平均在办数减去离开速率与平均时长之积，次，无离开为 NULL',
    little_share Nullable(Float64) COMMENT 'The residual as a share of the mean work in progress, NULL without any; 残差占平均在办数的比例，无在办为 NULL'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
SELECT
    process, day, stage, toUInt64(came) AS arrivals, toUInt64(went) AS departures, toInt64(level) AS wip, area / length AS wip_mean,
    if(went = 0, NULL, stayed / went) AS departed_mean_seconds,
    if(went_week = 0, NULL, (area_week - stayed_week) / length_week) AS little_residual,
    if(went_week = 0 OR area_week <= 0, NULL, (area_week - stayed_week) / area_week) AS little_share
FROM
(
    SELECT
        process, stage, day, came, went, stayed, length, level, area,
        sum(area) OVER week AS area_week, sum(length) OVER week AS length_week, sum(went) OVER week AS went_week, sum(stayed) OVER week AS stayed_week
    FROM
    (
        -- What was there before stays all day; who came stays from then on, who went does so no more.
        SELECT
            process, stage, day, came, went, stayed, ends - begins AS length,
            sum(came - went) OVER (PARTITION BY process, stage ORDER BY day ROWS UNBOUNDED PRECEDING) AS level,
            (level - came + went) * length + (came * ends - entered_sum) - (went * ends - left_sum) AS area
        FROM
        (
            SELECT
                process, stage, change.1 AS day, sum(change.2) AS came, sum(change.3) AS went, sum(change.4) AS stayed,
                sum(change.5) AS entered_sum, sum(change.6) AS left_sum,
                toUnixTimestamp64Milli(takt_day_start(process, day)) / 1000 AS begins,
                greatest(begins + 1, least(toUnixTimestamp64Milli(takt_day_start(process, day + 1)), toUnixTimestamp64Milli(now64(3, 'UTC'))) / 1000) AS ends
            FROM
            (
                SELECT
                    process, stage, arrayJoin(arrayConcat(groupArray((day, came, went, stayed, entered_sum, left_sum)),
                        arrayMap(i -> (toDate(min(day) + i), toInt64(0), toInt64(0), 0., 0., 0.), range(toUInt64(greatest(0, takt_day(process, now64(3, 'UTC')) - min(day) + 1)))))) AS change
                FROM
                (
                    -- First by the days of coming and going together, which are few: what comes and goes is then told apart.
                    SELECT
                        process, stage, change.1 AS day, sum(change.2) AS came, sum(change.3) AS went, sum(change.4) AS stayed,
                        sum(change.5) AS entered_sum, sum(change.6) AS left_sum
                    FROM
                    (
                        SELECT
                            process, stage, arrayJoin(if(left_day IS NULL, [(entered_day, n, toInt64(0), 0., entered_ms / 1000, 0.)],
                                [(entered_day, n, toInt64(0), 0., entered_ms / 1000, 0.), (assumeNotNull(left_day), toInt64(0), n, (left_ms - entered_ms) / 1000, 0., left_ms / 1000)])) AS change
                        FROM
                        (
                            SELECT
                                process, stage, takt_day(process, entered_at) AS entered_day, takt_day(process, left_at) AS left_day, toInt64(count()) AS n,
                                sum(toUnixTimestamp64Milli(entered_at)) AS entered_ms, ifNull(sum(toUnixTimestamp64Milli(left_at)), 0) AS left_ms
                            FROM
                            (
                                SELECT process, stage, entered_at, left_at FROM takt.visits
                                UNION ALL
                                SELECT process, toLowCardinality('') AS stage, opened_at, closed_at FROM takt.orders
                            )
                            WHERE entered_at <= now64(3, 'UTC')
                            GROUP BY process, stage, entered_day, left_day
                        )
                    )
                    GROUP BY process, stage, day
                )
                GROUP BY process, stage
            )
            GROUP BY process, stage, day
        )
    )
    WINDOW week AS (PARTITION BY process, stage ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
)
COMMENT 'Arrivals, departures and work in progress by day; 每日到达、离开与在办';
