namespace InferenceMeter.Telemetry;

/// <summary>CPU time of the whole machine in clock ticks, from <c>/proc/stat</c>.</summary>
/// <param name="Total">All of it, idle and stolen included.</param>
/// <param name="Stolen">What the hypervisor gave to others.</param>
internal readonly record struct CpuTimes(long Total, long Stolen)
{
    // user nice system idle iowait irq softirq steal; the two guest fields after them are already in user and nice
    // (proc(5)).
    private const int Fields = 8;

    public static CpuTimes? Read(HostFiles files)
    {
        var words = HostFiles.Words(files.Lines("proc/stat").FirstOrDefault() ?? "");
        if (words.Length <= Fields || words[0] != "cpu")
            return null;
        long total = 0,
            last = 0;
        for (var i = 1; i <= Fields; i++)
        {
            if (HostFiles.ParseCount(words[i]) is not { } ticks || ticks > long.MaxValue / 16)
                return null;
            total += last = ticks;
        }

        return new CpuTimes(total, last);
    }

    /// <summary>
    /// Share of the time from <paramref name="before"/> to <paramref name="after"/> that was stolen, 0..1.
    /// </summary>
    public static double? StolenShare(CpuTimes? before, CpuTimes? after) =>
        before is { } from && after is { } to && to.Total > from.Total
            ? Math.Clamp((double)(to.Stolen - from.Stolen) / (to.Total - from.Total), 0, 1)
            : null;
}
