-- Orders known under several numbers: an event that has followed its order to another
-- number supersedes what was written under the former one, whichever is written last.

ALTER TABLE takt_store.events ADD COLUMN IF NOT EXISTS moves UInt8 COMMENT 'Times it followed its order to another number, count; 随订单改号的次数，次' AFTER live;

ALTER TABLE takt_store.events MODIFY COLUMN revision UInt128 MATERIALIZED bitOr(bitOr(bitShiftLeft(toUInt128(moves), 112), bitShiftLeft(toUInt128(ifNull(toUnixTimestamp64Milli(recorded_at), 0)), 64)), toUInt128(content)) COMMENT 'Version of the row, the greatest holds; 行版本，最大者有效';
