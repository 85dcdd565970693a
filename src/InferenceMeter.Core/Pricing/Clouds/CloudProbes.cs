using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceMeter.Pricing.Clouds;

/// <summary>How each cloud tells a machine what it is; every value is checked before it is believed.</summary>
internal static class CloudProbes
{
    private const int MaxLength = 64;

    /// <summary>
    /// The second version of Amazon's service, which wants a token first; the first one is not asked.
    /// </summary>
    public static async Task<CloudMachine> AwsAsync(MetadataClient client, Uri root, CancellationToken cancellation)
    {
        var token = await client.AskAsync(
            HttpMethod.Put,
            new Uri(root, "/latest/api/token"),
            ("X-aws-ec2-metadata-token-ttl-seconds", "60"),
            null,
            cancellation
        );
        if (token.Length is 0 or > 1024 || !token.All(c => c is > ' ' and <= '~'))
            throw new MetadataException("its token is no token");
        var instance = AskAsync("instance-type");
        var region = AskAsync("placement/region");
        var life = AskAsync("instance-life-cycle");
        await Task.WhenAll(instance, region, life);
        // A family and a size, and a place with a number: what answers any question with the same word is not Amazon's.
        if (
            !(await instance).Contains('.', StringComparison.Ordinal)
            || !(await region).Contains('-', StringComparison.Ordinal)
        )
            throw new MetadataException("its type of machine or its region is no name");
        return Machine("aws", await instance, await region, isSpot: await life == "spot");

        Task<string> AskAsync(string what) =>
            client.AskAsync(
                HttpMethod.Get,
                new Uri(root, $"/latest/meta-data/{what}"),
                ("X-aws-ec2-metadata-token", token),
                null,
                cancellation
            );
    }

    /// <summary>Azure's service: all in one document.</summary>
    public static async Task<CloudMachine> AzureAsync(MetadataClient client, Uri root, CancellationToken cancellation)
    {
        var text = await client.AskAsync(
            HttpMethod.Get,
            new Uri(root, "/metadata/instance/compute?api-version=2021-02-01"),
            ("Metadata", "true"),
            null,
            cancellation
        );
        try
        {
            var compute =
                JsonSerializer.Deserialize(text, CloudJson.Default.AzureCompute)
                ?? throw new MetadataException("its document is empty");
            return Machine("azure", compute.VmSize, compute.Location, isSpot: compute.Priority is "Spot" or "Low");
        }
        catch (JsonException)
        {
            throw new MetadataException("its document is not JSON");
        }
    }

    /// <summary>Google Cloud's service; what is in another answer than its own is not believed.</summary>
    public static async Task<CloudMachine> GcpAsync(MetadataClient client, Uri root, CancellationToken cancellation)
    {
        var type = AskAsync("machine-type");
        var zone = AskAsync("zone");
        var preemptible = AskAsync("scheduling/preemptible");
        await Task.WhenAll(type, zone, preemptible);
        var zoneName = LastPart(await zone);
        // A zone is its region with a letter: europe-west4-a.
        return Machine(
            "gcp",
            LastPart(await type),
            zoneName[..Math.Max(0, zoneName.LastIndexOf('-'))],
            isSpot: string.Equals(await preemptible, "TRUE", StringComparison.OrdinalIgnoreCase)
        );

        Task<string> AskAsync(string what) =>
            client.AskAsync(
                HttpMethod.Get,
                new Uri(root, $"/computeMetadata/v1/instance/{what}"),
                ("Metadata-Flavor", "Google"),
                ("Metadata-Flavor", "Google"),
                cancellation
            );
    }

    // projects/123/machineTypes/g2-standard-4
    private static string LastPart(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static CloudMachine Machine(string cloud, string? instance, string? region, bool isSpot) =>
        new(
            cloud,
            Checked("type of machine", instance),
            Checked("region", region),
            isSpot ? PurchaseOption.Spot : PurchaseOption.OnDemand
        );

    private static string Checked(string what, string? value) =>
        value is { Length: > 0 and <= MaxLength }
        && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? value
            : throw new MetadataException($"its {what} is no name");
}

/// <summary>What is read of Azure's document.</summary>
internal sealed record AzureCompute(string? VmSize, string? Location, string? Priority);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AzureCompute))]
internal sealed partial class CloudJson : JsonSerializerContext;
