using InferenceMeter.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace InferenceMeter.Web.Security;

/// <summary>The addresses that the service listens on, and what a connection may ask of it.</summary>
internal static class ListenAddresses
{
    private const int MaxStreamsPerConnection = 1024;
    private const int MaxConnections = 10_000;
    private const int StreamWindowBytes = 4 * 1024 * 1024;
    private const int ConnectionWindowBytes = 16 * 1024 * 1024;

    /// <summary>Listens where the settings say: HTTP/1.1 on one set of addresses, gRPC's HTTP/2 on the other.</summary>
    public static void Listen(this WebApplicationBuilder builder, ServiceSettings settings)
    {
        Configure(builder.Configuration, "Rest", settings.Urls, HttpProtocols.Http1);
        Configure(builder.Configuration, "Grpc", settings.GrpcUrls ?? "", HttpProtocols.Http2);
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Configure(builder.Configuration.GetSection("Kestrel"));
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.MaxRequestBytes;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
            // An image fits into one window. With the default of 96 KB its sender would wait for the network's leave.
            kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
            kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
            // A slower body is dropped.
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(
                bytesPerSecond: 1024,
                gracePeriod: TimeSpan.FromSeconds(5)
            );
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
    }

    private static void Configure(ConfigurationManager configuration, string name, string urls, HttpProtocols protocols)
    {
        var addresses = ListenAddress.Split(urls);
        for (var i = 0; i < addresses.Length; i++)
        {
            configuration[$"Kestrel:Endpoints:{name}{i}:Url"] = addresses[i];
            configuration[$"Kestrel:Endpoints:{name}{i}:Protocols"] = $"{protocols}";
        }
    }
}
