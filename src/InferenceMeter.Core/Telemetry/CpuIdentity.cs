using System.Globalization;

namespace InferenceMeter.Telemetry;

/// <summary>The CPU's name and its temperature.</summary>
internal static class CpuIdentity
{
    // hwmon drivers of CPU packages: Intel, AMD.
    private static readonly string[] Drivers = ["coretemp", "k10temp", "zenpower"];

    /// <summary>
    /// Model name from <c>/proc/cpuinfo</c>; Arm CPUs that have none are named by their implementer and part numbers.
    /// </summary>
    public static string? Name(HostFiles files)
    {
        var lines = files.Lines("proc/cpuinfo");
        if ((Field(lines, "model name") ?? Field(lines, "Hardware")) is { } name)
            return name;
        return Field(lines, "CPU implementer") is { } implementer && Field(lines, "CPU part") is { } part
            ? $"Arm {implementer} {part}"
            : null;
    }

    /// <summary>Temperature of the hottest CPU package in degrees Celsius.</summary>
    public static double? TemperatureCelsius(HostFiles files)
    {
        var zones = files
            .Folders("sys/class/thermal", "thermal_zone*")
            .Where(zone => files.Line($"{zone}/type") == "x86_pkg_temp")
            .Select(zone => Degrees(files.Line($"{zone}/temp")));

        // The first input of these drivers is the whole package.
        var monitors = files
            .Folders("sys/class/hwmon", "hwmon*")
            .Where(monitor => Drivers.Contains(files.Line($"{monitor}/name")))
            .Select(monitor => Degrees(files.Line($"{monitor}/temp1_input")));
        return zones.Max() ?? monitors.Max();
    }

    private static string? Field(string[] lines, string key)
    {
        foreach (var line in lines)
        {
            if (
                line.Split(':', 2) is [var name, var value]
                && name.Trim() == key
                && value.Trim() is { Length: > 0 } known
            )
                return known;
        }

        return null;
    }

    private static double? Degrees(string? thousandths) =>
        int.TryParse(thousandths, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        && value is > -100_000 and < 200_000
            ? value / 1000.0
            : null;
}
