using Grpc.Net.Client;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.OpenInference.Triton;
using InferenceMeter.ServiceTests.Program;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>A meter that answers requests alone, and a client over gRPC compiled with Triton's numbers.</summary>
public sealed class TritonClientFixture : IAsyncLifetime
{
    private GrpcChannel _channel = null!;

    /// <summary>Images that the meter takes at once.</summary>
    public const int MaxInFlight = 8;

    internal MeterHost Host { get; } =
        new(
            new MeterSettings
            {
                Requests = new RequestSettings { Background = "off", MaxInFlight = MaxInFlight },
                Service = new ServiceSettings
                {
                    Urls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
                    GrpcUrls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
                },
            }
        );

    internal GRPCInferenceService.GRPCInferenceServiceClient Client { get; private set; } = null!;

    internal Web.OpenInference.Grpc.GRPCInferenceService.GRPCInferenceServiceClient Own { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Host.Start();
        _channel = GrpcChannel.ForAddress(Host.Settings.GrpcUrls!);
        Client = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
        Own = new Web.OpenInference.Grpc.GRPCInferenceService.GRPCInferenceServiceClient(_channel);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await Host.DisposeAsync();
    }
}
