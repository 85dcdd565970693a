namespace InferenceMeter.Telemetry;

/// <summary>
/// CPU use and quota of the control group that this process is in. A limit may be set on any group above it, so all of
/// them are asked.
/// Version 2 (<c>cpu.stat</c>, <c>cpu.max</c>), else version 1 (<c>cpu.stat</c>, <c>cpu.cfs_quota_us</c>).
/// </summary>
internal sealed class CgroupCpu
{
    private const string Mount = "sys/fs/cgroup";

    private readonly HostFiles _files;
    private readonly string[] _groups;
    private readonly bool _version2;

    public CgroupCpu(HostFiles files)
    {
        _files = files;
        var membership = files.Lines("proc/self/cgroup");
        _groups = Version2(membership);
        _version2 = _groups.Any(group => Stat(group, "usage_usec") is not null);
        if (!_version2)
            _groups = Version1(membership);
    }

    /// <summary>
    /// CPU time used by the group, in seconds; <see langword="null"/> also where the group is the whole machine.
    /// </summary>
    public double? UsageSeconds
    {
        get
        {
            if (!_version2)
                return null;
            var own = _groups.First(group => Stat(group, "usage_usec") is not null);

            // The machine's own root group has no limit file; the root that a container sees has one.
            if (own == Mount && _files.Line($"{own}/cpu.max") is null)
                return null;
            return Stat(own, "usage_usec") / 1e6;
        }
    }

    /// <summary>
    /// Periods in which the quota held some group of them back; <see langword="null"/> when no group tells.
    /// </summary>
    public long? ThrottledPeriods
    {
        get
        {
            var known = _groups.Select(group => Stat(group, "nr_throttled")).OfType<long>().ToArray();
            return known.Length > 0 ? known.Aggregate(0L, (sum, periods) => unchecked(sum + periods)) : null;
        }
    }

    /// <summary>CPUs that the tightest quota amounts to; <see langword="null"/> without one.</summary>
    public double? QuotaCpus => _groups.Select(Quota).Min();

    private double? Quota(string group)
    {
        var (quota, period) = QuotaAndPeriod(group);
        return HostFiles.ParseCount(quota) is { } used and > 0 && HostFiles.ParseCount(period) is { } of and > 0
            ? (double)used / of
            : null;
    }

    /// <summary>Both in microseconds, as the kernel writes them; <c>max</c> is no quota.</summary>
    private (string? Quota, string? Period) QuotaAndPeriod(string group)
    {
        if (!_version2)
            return (_files.Line($"{group}/cpu.cfs_quota_us"), _files.Line($"{group}/cpu.cfs_period_us"));
        var words = HostFiles.Words(_files.Line($"{group}/cpu.max") ?? "");
        return words is [var quota, var period] ? (quota, period) : (null, null);
    }

    private long? Stat(string group, string key) => HostFiles.Value(_files.Lines($"{group}/cpu.stat"), key);

    private static string[] Version2(string[] membership)
    {
        var line = membership.FirstOrDefault(text => text.StartsWith("0::", StringComparison.Ordinal));
        return [.. Upwards(Mount, line?[3..] ?? "/")];
    }

    private static string[] Version1(string[] membership)
    {
        foreach (var line in membership)
        {
            // hierarchy-id:controllers:path
            if (line.Split(':', 3) is [_, var controllers, var path] && controllers.Split(',').Contains("cpu"))
                return [.. Upwards($"{Mount}/{controllers}", path)];
        }

        return [$"{Mount}/cpu"];
    }

    // In a container the path may be the host's, which is not mounted here; the groups above it, up to the mount, are
    // then what is left.
    private static IEnumerable<string> Upwards(string mount, string path)
    {
        if (path.Split('/').Contains(".."))
            path = "/";
        for (path = path.Trim('/'); path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
            yield return $"{mount}/{path}";
        yield return mount;
    }
}
