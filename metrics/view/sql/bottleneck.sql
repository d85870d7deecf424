-- Which stage holds the orders of a process up. With m the stage's median time over the last four same weekdays (the
-- last 28 days where there are none) and K(t) the visits open at t for longer than m, on a grid of 15 minutes:
-- 
--   normal = median of K at this local hour 7, 14, 21 and 28 days ago (with less history: of all days before)
--   spread = max(sqrt(max(normal, 1)), 1.4826 * MAD, (q90 - median) / 1.2816), of K at this hour, last 28 days
--   score  = (K(now) - normal) / spread
-- 
-- A stage is abnormal if K - normal >= max(10, 6 * spread) now and >= max(10, 3 * spread) half an hour ago: a burst
-- passes. It is sooner if it lets too few go although it has more than usual, which tells one that is held up from one
-- that has nothing to do: with L the visits that left in the last 15, 30 or 60 minutes and E the mean of L at this local
-- time 7, 14, 21 and 28 days ago, if E - L >= max(10, 3 * spread of L) for one of the three, and the open visits exceed
-- their normal by max(10, 2 * spread); its score is then (E - L) / spread, if that is greater. The variance of L is at
-- least (1 + 1/weeks) * E, that of two counts by chance. A stage that is slow by nature has its own m and normal. The bottleneck is the first abnormal stage of the
-- process whose score is at least a third of the greatest, because what holds a stage up is felt in those after it.
-- Against the simulation's truth this names the stage earlier, and more often the right one, than the ratio of summed
-- ages (delay) to their normal, which stands beside it.

CREATE OR REPLACE VIEW takt.bottleneck_now
(
    process LowCardinality(String) COMMENT 'Process the row belongs to; 所属流程',
    rank UInt16 COMMENT 'Place by score from 1; 按得分的名次，从 1 起',
    stage LowCardinality(String) COMMENT 'Stage of the process; 流程环节',
    position UInt16 COMMENT 'Place in the process from 1; 流程中的位置，从 1 起',
    title_en String COMMENT 'Title in English; 英文名称',
    title_zh String COMMENT 'Title in Chinese; 中文名称',
    bottleneck Bool COMMENT 'Whether this stage holds the process up, at most one a process; 是否为瓶颈环节，每个流程至多一个',
    abnormal Bool COMMENT 'Whether clearly more than usual wait too long in it; 是否明显异常积压',
    since Nullable(DateTime64(3, 'UTC')) COMMENT 'When they began to gather, to 15 minutes, UTC, NULL unless abnormal; 开始积压的时间，精确到 15 分钟，UTC，非异常为 NULL',
    score Float64 COMMENT 'Old visits above normal, in spreads; 超出平时的程度，以波动幅度为单位',
    open UInt64 COMMENT 'Visits under way, count; 在办数，次',
    open_normal Float64 COMMENT 'Usual visits under way at this hour of the week, count; 平时同一时段的在办数，次',
    old UInt64 COMMENT 'Visits under way for longer than the median, count; 超过中位耗时仍在办的停留数，次',
    old_normal Float64 COMMENT 'Usual old visits at this hour of the week, count; 平时同一时段超过中位耗时的在办数，次',
    spread Float64 COMMENT 'Usual variation of the old visits, count; 该数的平时波动幅度，次',
    left_hour UInt64 COMMENT 'Visits that left in the last hour, count; 最近一小时离开数，次',
    left_hour_normal Float64 COMMENT 'Usually at this hour of the week, count; 平时同一时段的该数，次',
    trend Int64 COMMENT 'Old visits now less those of an hour ago, count; 与一小时前相比的变化，次',
    delay_seconds Float64 COMMENT 'Time beyond the median of visits under way, summed, seconds; 在办停留超出中位耗时的时长合计，秒',
    delay_normal_seconds Nullable(Float64) COMMENT 'Usual sum at this hour of the week, seconds, NULL without a week of history; 平时同一时段的该合计，秒，历史不足一周为 NULL',
    delay_ratio Nullable(Float64) COMMENT 'The sum by the usual one, NULL without; 该合计与平时之比，无则为 NULL',
    median_seconds Nullable(Float64) COMMENT 'Median time in the stage, seconds, NULL without history; 环节耗时中位数，秒，无历史为 NULL',
    amount Float64 COMMENT 'Money of the orders under way, in currency; 在办订单金额，单位见 currency',
    currency LowCardinality(String) COMMENT 'Currency of the amounts, the most frequent one, ISO 4217; 金额币种（最常见者），ISO 4217',
    oldest_seconds Nullable(Float64) COMMENT 'Longest stay under way, seconds, NULL without any; 最久的在办时长，秒，无在办为 NULL',
    owner LowCardinality(String) COMMENT 'Who has the most of them, else the team of the stage; 在办最多的责任人，无则为环节团队',
    owner_team LowCardinality(String) COMMENT 'Team of the stage; 环节所属团队',
    limit_seconds Nullable(Float64) COMMENT 'Limit of a visit, seconds, NULL without limit; 时限，秒，无时限为 NULL',
    limit_of LowCardinality(String) COMMENT 'Clock of the limit: wall or working; 时限口径：wall 自然时间、working 工作时间',
    late UInt64 COMMENT 'Open orders of the process past their promise, count; 流程中未交付逾期的订单数，单',
    late_had_met UInt64 COMMENT 'Of them late still, had no visit of the stage exceeded its limit, count; 若该环节均未超时仍会逾期的订单数，单'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS
WITH
    {at:DateTime64(3, 'UTC')} AS instant,
    toUnixTimestamp64Milli(instant) AS now_ms,
    900000 AS step, 2984 AS steps
SELECT
    process, toUInt16(row_number() OVER (PARTITION BY process ORDER BY score_of DESC, position)) AS rank, stage, position, title_en, title_zh,
    position = min(if(strange AND score_of >= greatest_score / 3, position, 65535)) OVER (PARTITION BY process) AS bottleneck,
    strange AS abnormal,
    if(strange, toStartOfMinute(fromUnixTimestamp64Milli(toInt64(now_ms - gathering * step), 'UTC')), NULL) AS since,
    score_of AS score, open_count AS open, open_usual AS open_normal, toUInt64(greatest(0, old_load[1])) AS old, usual[1] AS old_normal, spread_of AS spread,
    toUInt64(left_now) AS left_hour, left_usual AS left_hour_normal,
    toInt64(old_load[1] - old_load[5]) AS trend,
    delay_now AS delay_seconds, delay_usual AS delay_normal_seconds, if(delay_usual > 0, delay_now / delay_usual, NULL) AS delay_ratio,
    median_of AS median_seconds, money AS amount, unit_of_money AS currency, oldest AS oldest_seconds, most AS owner, team AS owner_team,
    limit_seconds, limit_of, late_orders AS late, late_orders - least(late_orders, saved) AS late_had_met
FROM
(
    SELECT
        *, max(if(strange, score_of, 0)) OVER (PARTITION BY process) AS greatest_score
    FROM
    (
        SELECT
            s.process AS process, s.stage AS stage, s.position AS position, s.title_en AS title_en, s.title_zh AS title_zh, s.open AS open_count, s.amount AS money,
            s.currency AS unit_of_money, s.oldest_seconds AS oldest, s.owner AS most, s.owner_team AS team, s.limit_seconds AS limit_seconds, s.limit_of AS limit_of,
            if(judged.stage = '', arrayResize([toInt64(0)], 2984), judged.old_load) AS old_load, if(judged.stage = '', NULL, judged.median_of) AS median_of,
            judged.usual AS usual_given, if(empty(usual_given), arrayResize([0.], 289), usual_given) AS usual, judged.open_usual AS open_usual,
            if(judged.stage = '' OR judged.days < 1, 1., greatest(sqrt(greatest(usual[1], 1)), judged.width)) AS spread_of,
            if(judged.stage = '' OR judged.days < 1, 0., (old_load[1] - usual[1]) / spread_of) AS gathered,
            judged.left_load[5] AS left_now, judged.left_normal[3] AS left_usual,
            -- Windows in which too few left while more than usual are in the stage: by how many spreads, else 0.
            if(judged.days < 7 OR judged.open_excess < greatest(10, 2 * judged.open_spread), [0., 0., 0.],
                arrayMap((w, e, s) -> if(e - judged.left_load[1 + w] >= greatest(10, 3 * s), (e - judged.left_load[1 + w]) / s, 0.), [1, 2, 4], judged.left_normal, judged.left_spread)) AS short,
            if(arrayMax(short) > 0, greatest(gathered, arrayMax(short)), gathered) AS score_of,
            judged.stage != '' AND judged.days >= 1 AND old_load[1] - usual[1] >= greatest(10, 6 * spread_of) AND old_load[3] - usual[3] >= greatest(10, 3 * spread_of) OR arrayMax(short) > 0 AS strange,
            toInt64(arrayFirstIndex((load, n) -> load - n <= greatest(sqrt(greatest(n, 1)), judged.width), arrayPopFront(arraySlice(old_load, 1, 289)), arrayPopFront(usual))) AS calm,
            greatest(if(calm = 0, 288, calm - 1), arrayMax(arrayMap((w, x) -> if(x > 0, w, 0), [1, 2, 4], short))) AS gathering,
            judged.delay[1] AS delay_now,
            if(judged.days < 7, NULL, arrayReduce('quantileExactInclusive(0.5)', arraySlice(judged.delay, 2, least(4, intDiv(judged.days, 7))))) AS delay_usual,
            l.late_orders AS late_orders, c.saved AS saved
        FROM takt.open_by_stage_at(at = {at:DateTime64(3, 'UTC')}) AS s
        LEFT JOIN
        (
            SELECT
                process, stage, days, median_of, old_load, left_load, delay,
                arrayMap(j -> arrayMap(k -> toUInt32(1 + least(2983, greatest(0, intDiv(now_ms - toUnixTimestamp64Milli(takt_days_before(process, fromUnixTimestamp64Milli(toInt64(now_ms - j * 900000), 'UTC'), k)), 900000)))),
                    if(days < 7, range(1, toUInt32(greatest(days, 0) + 1)), range(7, toUInt32(days + 1), 7))), range(289)) AS places,
                arrayMap(at_j -> if(empty(at_j), 0., arrayReduce('quantileExactInclusive(0.5)', arrayMap(i -> old_load[i], at_j))), places) AS usual,
                if(empty(places[1]), 0., arrayReduce('quantileExactInclusive(0.5)', arrayMap(i -> open_load[i], places[1]))) AS open_usual,
                -- What was at this local time on each of the days before: old, open, and left in 15, 30 and 60 minutes.
                arrayMap(k -> toUInt32(1 + least(2978, greatest(0, intDiv(now_ms - toUnixTimestamp64Milli(takt_days_before(process, fromUnixTimestamp64Milli(toInt64(now_ms), 'UTC'), k)), 900000)))), range(1, toUInt32(greatest(days, 0) + 1))) AS days_at,
                arrayMap(x -> arraySort(x), [arrayMap(i -> toFloat64(old_load[i]), days_at), arrayMap(i -> toFloat64(open_load[i]), days_at),
                    arrayMap(i -> toFloat64(left_load[i + 1] - left_load[i]), days_at), arrayMap(i -> toFloat64(left_load[i + 2] - left_load[i]), days_at), arrayMap(i -> toFloat64(left_load[i + 4] - left_load[i]), days_at)]) AS daily,
                arrayMap(x -> if(empty(x), 0., arrayReduce('quantileExactInclusive(0.5)', x)), daily) AS middles,
                arrayMap((x, m) -> if(empty(x), 0., greatest(1.4826 * arrayReduce('quantileExactInclusive(0.5)', arrayMap(y -> abs(y - m), x)), (x[1 + intDiv((length(x) - 1) * 9, 10)] - m) / 1.2816)), daily, middles) AS widths,
                widths[1] AS width,
                open_load[1] - open_usual AS open_excess, greatest(sqrt(greatest(open_usual, 1)), widths[2]) AS open_spread,
                arrayMap(w -> if(empty(places[1]), 0., arrayAvg(arrayMap(i -> toFloat64(left_load[least(i, 2979) + w] - left_load[least(i, 2979)]), places[1]))), [1, 2, 4]) AS left_normal,
                arrayMap((e, x) -> greatest(sqrt(greatest(e, 1) * (1 + 1 / greatest(length(places[1]), 1))), x), left_normal, arraySlice(widths, 3)) AS left_spread
            FROM
            (
                SELECT
                    process, stage, any(median) / 1000 AS median_of, least(28, intDiv(now_ms - min(min(first)) OVER (PARTITION BY process), 86400000)) AS days,
                    arrayReverse(arrayCumSum(arrayReverse(mapValues(mapPopulateSeries(mapAdd(map(toInt64(0), toInt64(0)), sumMap(map(toInt64(k), change_open))), toInt64(2983)))))) AS open_load,
                    arrayReverse(arrayCumSum(arrayReverse(mapValues(mapPopulateSeries(mapAdd(map(toInt64(0), toInt64(0)), sumMap(map(toInt64(k), change_old))), toInt64(2983)))))) AS old_load,
                    -- left_load[i + w] - left_load[i]: visits that left in the w steps before step i - 1
                    arrayPushFront(arrayCumSum(mapValues(mapPopulateSeries(mapAdd(map(toInt64(0), toInt64(0)), sumMap(map(toInt64(k), change_left))), toInt64(2983)))), 0) AS left_load,
                    arrayReverse(arrayCumSum(arrayReverse(mapValues(mapPopulateSeries(mapAdd(map(toInt64(0), toInt64(0)), sumMap(map(toInt64(k), change_since))), toInt64(2983)))))) AS old_since,
                    -- Old visits are old for the time from now less the time from then: weeks end on the grid, whatever summer time does.
                    arrayMap(w -> (now_ms - toUnixTimestamp64Milli(takt_days_before(process, fromUnixTimestamp64Milli(toInt64(now_ms), 'UTC'), 7 * w))), range(5)) AS back,
                    arrayMap(t -> (old_since[1 + intDiv(t, step)] - old_load[1 + intDiv(t, step)] * t) / 1000, back) AS delay
                FROM
                (
                    SELECT
                        process, stage, any(median_of) AS median, toUInt16(least(intDiv(now_ms - at, step), steps - 1)) AS k,
                        sum(one) AS change_open, sum(gone) AS change_left, sum(old) AS change_old, sum(since) AS change_since, min(entered) AS first
                    FROM
                    (
                        SELECT
                            v.process AS process, v.stage AS stage, m.median AS median_of, toUnixTimestamp64Milli(v.entered_at) AS entered, entered + median_of AS aged,
                            if(v.left_at IS NULL, 9000000000000, toUnixTimestamp64Milli(assumeNotNull(v.left_at))) AS left, toInt64(left > aged) AS grows, grows * (now_ms - aged) AS for_ms
                        FROM takt.visits AS v
                        INNER JOIN
                        (
                            SELECT
                                process, stage, toInt64(if(max(same_days) OVER (PARTITION BY process) > 0, same_median, any_median) * 1000) AS median,
                                if(max(same_days) OVER (PARTITION BY process) > 0, same_days, any_days) AS told
                            FROM
                            (
                                SELECT
                                    process, stage, countIf(same) AS same_days, count() AS any_days,
                                    quantileExactIf(0.5)(seconds, same) AS same_median, quantileExact(0.5)(seconds) AS any_median
                                FROM
                                (
                                    SELECT
                                        process, stage, assumeNotNull(wall_seconds) AS seconds,
                                        takt_day(process, fromUnixTimestamp64Milli(toInt64(now_ms), 'UTC')) - takt_day(process, assumeNotNull(left_at)) AS ago,
                                        ago IN (7, 14, 21, 28) AS same
                                    FROM takt_store.visits FINAL
                                    WHERE NOT deleted AND outcome = 'finished' AND left_at >= instant - INTERVAL 30 DAY AND left_at < instant AND ago <= 28
                                )
                                GROUP BY process, stage
                            )
                        ) AS m ON v.process = m.process AND v.stage = m.stage
                        WHERE m.told > 0 AND v.entered_at <= instant AND (v.left_at IS NULL OR v.left_at >= instant - INTERVAL 33 DAY)
                    )
                    ARRAY JOIN [entered, aged, left] AS at, [toInt64(1), 0, -1] AS one, [toInt64(0), 0, 1] AS gone, [toInt64(0), grows, -grows] AS old, [toInt64(0), for_ms, -for_ms] AS since
                    WHERE at <= now_ms
                    GROUP BY process, stage, k
                )
                GROUP BY process, stage
            )
        ) AS judged ON s.process = judged.process AND s.stage = judged.stage
        LEFT JOIN
        (
            SELECT process, count() AS late_orders
            FROM takt_store.orders FINAL
            WHERE NOT deleted AND status = 'open' AND promise_due_at < instant
            GROUP BY process
        ) AS l ON s.process = l.process
        LEFT JOIN
        (
            -- An order's time beyond the limit is that of its slowest unit, over all its visits of the
            -- stage: the sum of max(0, left - due), which needs no calendar.
            SELECT process, stage, countIf(beyond >= over) AS saved
            FROM
            (
                SELECT process, stage, order_id, any(over_ms) AS over, max(unit_beyond) AS beyond
                FROM
                (
                    SELECT
                        v.process AS process, v.stage AS stage, v.order_id AS order_id, v.unit AS unit, any(now_ms - toUnixTimestamp64Milli(assumeNotNull(o.promise_due_at))) AS over_ms,
                        sum(greatest(0, least(if(v.left_at IS NULL, now_ms, toUnixTimestamp64Milli(assumeNotNull(v.left_at))), now_ms) - toUnixTimestamp64Milli(assumeNotNull(v.due_at)))) AS unit_beyond
                    FROM
                    (
                        SELECT process, order_id, unit, stage, left_at, due_at
                        FROM takt.visits
                        WHERE due_at IS NOT NULL AND (process, order_id) IN (SELECT process, order_id FROM takt_store.orders FINAL WHERE NOT deleted AND status = 'open' AND promise_due_at < instant)
                    ) AS v
                    INNER JOIN (SELECT process, order_id, promise_due_at FROM takt_store.orders FINAL WHERE NOT deleted AND status = 'open' AND promise_due_at < instant) AS o
                        ON v.process = o.process AND v.order_id = o.order_id
                    GROUP BY process, stage, order_id, unit
                )
                GROUP BY process, stage, order_id
            )
            GROUP BY process, stage
        ) AS c ON s.process = c.process AND s.stage = c.stage
    )
)
COMMENT 'Which stage holds a process up; 瓶颈环节及积压排名';
