namespace InferenceMeter.Telemetry;

/// <summary>What the kernel says of this process: <c>/proc/self/status</c> and <c>/proc/self/stat</c>.</summary>
internal static class ProcessStatus
{
    // Linux reports process times in USER_HZ, which is 100 on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Resident memory in bytes.</summary>
    public static long? ResidentBytes(HostFiles files) =>
        HostFiles.Value(files.Lines("proc/self/status"), "VmRSS:") is { } kilobytes and < long.MaxValue / 1024
            ? kilobytes * 1024
            : null;

    /// <summary>CPUs that this process may be scheduled on.</summary>
    public static int? AllowedCpus(HostFiles files)
    {
        const string Key = "Cpus_allowed_list:";
        var line = files
            .Lines("proc/self/status")
            .FirstOrDefault(text => text.StartsWith(Key, StringComparison.Ordinal));
        return line is null ? null : CpusIn(line[Key.Length..].Trim());
    }

    /// <summary>CPU time used by all its threads, in seconds.</summary>
    public static double? CpuSeconds(HostFiles files)
    {
        // The second field is the program's name in brackets and may hold spaces and brackets itself: count from the
        // last one.
        var line = files.Line("proc/self/stat") ?? "";
        var words = HostFiles.Words(line[(line.LastIndexOf(')') + 1)..]);
        return
            words.Length > 12
            && HostFiles.ParseCount(words[11]) is { } user
            && HostFiles.ParseCount(words[12]) is { } system
            ? (user + (double)system) / TicksPerSecond
            : null;
    }

    /// <summary>How many CPUs a list such as <c>0-3,8</c> names.</summary>
    private static int? CpusIn(string list)
    {
        long count = 0;
        foreach (var range in list.Split(','))
        {
            var ends = range.Split('-');
            if (
                ends.Length > 2
                || HostFiles.ParseCount(ends[0]) is not { } first
                || HostFiles.ParseCount(ends[^1]) is not { } last
            )
                return null;
            if (last < first || last > 1_000_000)
                return null;
            count += last - first + 1;
        }

        return count is > 0 and < int.MaxValue ? (int)count : null;
    }
}
