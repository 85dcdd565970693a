using Microsoft.Data.Sqlite;

namespace InferenceMeter.History;

/// <summary>The table of hours, a row for each hour and machine.</summary>
internal static class HourTable
{
    public static bool Add(SqliteConnection connection, HourRecord delta)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            INSERT INTO hours
                (hour, machine, wall_seconds, busy_seconds, images_ok, images_failed, spent_usd, energy_joules)
            VALUES ($hour, $machine, $wall, $busy, $ok, $failed, $spent, $energy)
            ON CONFLICT (hour, machine) DO UPDATE SET
                wall_seconds = wall_seconds + excluded.wall_seconds,
                busy_seconds = busy_seconds + excluded.busy_seconds,
                images_ok = images_ok + excluded.images_ok,
                images_failed = images_failed + excluded.images_failed,
                spent_usd = money_sum(spent_usd, excluded.spent_usd),
                energy_joules = coalesce(energy_joules + excluded.energy_joules, energy_joules, excluded.energy_joules)
            """;
        var values = command.Parameters;
        values.AddWithValue("$hour", StoredText.Of(Start(delta.Hour)));
        values.AddWithValue("$machine", delta.Machine);
        values.AddWithValue("$wall", delta.WallSeconds);
        values.AddWithValue("$busy", delta.BusySeconds);
        values.AddWithValue("$ok", delta.ImagesOk);
        values.AddWithValue("$failed", delta.ImagesFailed);
        values.AddWithValue("$spent", StoredText.Of(delta.SpentUsd));
        values.AddWithValue("$energy", delta.EnergyJoules ?? (object)DBNull.Value);
        return command.ExecuteNonQuery() > 0;
    }

    public static List<HourRecord> Between(SqliteConnection connection, DateTimeOffset from, DateTimeOffset to)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT hour, machine, wall_seconds, busy_seconds, images_ok, images_failed, spent_usd, energy_joules
            FROM hours WHERE hour >= $from AND hour < $to ORDER BY hour, machine
            """;
        command.Parameters.AddWithValue("$from", StoredText.Of(from));
        command.Parameters.AddWithValue("$to", StoredText.Of(to));
        var hours = new List<HourRecord>();
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            hours.Add(
                new HourRecord
                {
                    Hour = StoredText.Time(row.GetString(0)),
                    Machine = row.GetString(1),
                    WallSeconds = row.GetDouble(2),
                    BusySeconds = row.GetDouble(3),
                    ImagesOk = row.GetInt64(4),
                    ImagesFailed = row.GetInt64(5),
                    SpentUsd = StoredText.Money(row.GetString(6)),
                    EnergyJoules = row.IsDBNull(7) ? null : row.GetDouble(7),
                }
            );
        }

        return hours;
    }

    private static DateTimeOffset Start(DateTimeOffset time) =>
        new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerHour, TimeSpan.Zero);
}
