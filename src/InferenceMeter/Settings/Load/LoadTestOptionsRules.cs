namespace InferenceMeter.Settings.Load;

/// <summary>Rules that <c>load</c> and <c>sweep</c> have in common.</summary>
internal static class LoadTestOptionsRules
{
    public static IReadOnlyList<OptionRule<T>> For<T>()
        where T : LoadTestOptions =>
        [
            new(
                ["--protocol", "TARGET"],
                (options, typed) =>
                    typed.Contains("--protocol") && options.Address is null
                        ? "--protocol goes with an address; the target self is asked without a network"
                        : null
            ),
            new(
                ["--target-model", "--protocol"],
                (options, typed) =>
                    typed.Contains("--target-model") && options.Protocol == LoadProtocol.Classify
                        ? "--target-model goes with an address and --protocol v2 or grpc; classify has one model only"
                        : null
            ),
            new(
                ["--host-header", "TARGET"],
                (options, _) => options.HostHeader is { } host ? CheckHost(host, options.Address) : null
            ),
            new(
                ["--protocol", "TARGET"],
                (options, _) =>
                    options is { Protocol: LoadProtocol.Grpc, Address.AbsolutePath: not "/" }
                        ? "--protocol grpc takes an address without a path, such as http://host:8081"
                        : null
            ),
            new(
                ["--max-errors", "--bound", "--scenario", "--rates"],
                (options, typed) =>
                    typed.Contains("--max-errors") && options.ToPlan().BoundSeconds is not null
                        ? "--max-errors goes with --bound none; within a bound, a query that fails or is turned away "
                            + "counts as late"
                        : null
            ),
        ];

    private static string? CheckHost(string host, Uri? address)
    {
        if (address is null)
            return "--host-header goes with an address; the target self is asked without a network";
        return
            Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var named)
            && (named.Authority == host || $"{named.Authority}:80" == host)
            ? null
            : $"--host-header is '{host}', accepted: a host, and perhaps a port, such as model.example.com:8080";
    }
}
