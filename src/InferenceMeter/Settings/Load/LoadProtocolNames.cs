namespace InferenceMeter.Settings.Load;

/// <summary>Names of protocols, as they are typed.</summary>
internal static class LoadProtocolNames
{
    public static IReadOnlyDictionary<string, LoadProtocol> All { get; } =
        new Dictionary<string, LoadProtocol>(StringComparer.Ordinal)
        {
            ["classify"] = LoadProtocol.Classify,
            ["v2"] = LoadProtocol.V2,
            ["grpc"] = LoadProtocol.Grpc,
        };
}
