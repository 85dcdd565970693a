namespace InferenceMeter.Tests.Telemetry;

/// <summary>A folder that looks like the root of a Linux machine, as far as somebody wrote files into it.</summary>
internal sealed class FakeHost : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("fake-host-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string PathOf(string path) => Path.Combine(Root, path);

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), text);
    }

    public void Delete(string path) => File.Delete(PathOf(path));

    /// <summary>The process's CPU time, in ticks of 10 ms.</summary>
    public void ProcessTime(long user, long system) =>
        Write(
            "proc/self/stat",
            $"4711 (my (odd) name) S 1 4711 4711 0 -1 4194560 900 0 3 0 {user} {system} 7 8 20 0 12 0 5000 "
                + "1000000 427 0\n"
        );

    public void ProcessStatus(string cpus = "0-3", long residentKilobytes = 1708) =>
        Write(
            "proc/self/status",
            $"Name:\tmeter\nVmPeak:\t  999999 kB\nVmRSS:\t{residentKilobytes, 8} "
                + $"kB\nCpus_allowed:\tff\nCpus_allowed_list:\t{cpus}\n"
        );

    public void MachineTime(long user, long idle, long stolen) =>
        Write("proc/stat", $"cpu  {user} 0 0 {idle} 0 0 0 {stolen} 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\n");

    public void Package(int number, long microjoules, string name = "package", long? range = 262_143_328_850)
    {
        var zone = $"sys/class/powercap/intel-rapl:{number}";
        Write($"{zone}/name", $"{name}-{number}\n");
        Write($"{zone}/energy_uj", $"{microjoules}\n");
        if (range is not null)
            Write($"{zone}/max_energy_range_uj", $"{range}\n");
    }

    /// <summary>A version 2 control group.</summary>
    public void Group(string path, long usageMicroseconds, long? throttled = null, string? max = null)
    {
        var folder = $"sys/fs/cgroup{path.TrimEnd('/')}";
        var periods = throttled is null ? "" : $"nr_periods 900\nnr_throttled {throttled}\nthrottled_usec 77\n";
        Write($"{folder}/cpu.stat", $"usage_usec {usageMicroseconds}\nuser_usec 1\nsystem_usec 1\n{periods}");
        if (max is not null)
            Write($"{folder}/cpu.max", $"{max}\n");
    }
}
