using System.Reflection;

namespace InferenceMeter.Hosting;

/// <summary>What was built.</summary>
internal static class BuildInfo
{
    /// <summary>Version, with the commit where the build knew it.</summary>
    public static string Version { get; } =
        typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? "unknown";
}
