using System.Text;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;

namespace InferenceMeter.Tests.Images.Stores.Azure;

/// <summary>Azurite with containers for tests.</summary>
public sealed class Azurite : IAsyncLifetime
{
    private Emulator? _emulator;
    private int _containers;

    internal string Connection => _emulator!.AzureConnection;

    /// <summary>The account's address, without a slash at the end.</summary>
    internal string Account => $"{_emulator!.Address}{Emulator.AzureAccount}";

    public async Task InitializeAsync()
    {
        if (Emulator.Missing is null)
            _emulator = await Emulator.StartAzuriteAsync();
    }

    public async Task DisposeAsync()
    {
        if (_emulator is not null)
            await _emulator.DisposeAsync();
    }

    /// <summary>A new container with objects; each has its own key as its content.</summary>
    internal async Task<BlobContainerClient> ContainerAsync(params string[] keys)
    {
        // The library would take the slash off a key that begins with one.
        var options = new BlobClientOptions { TrimBlobNameSlashes = false };
        var container = new BlobContainerClient(
            Connection,
            $"photos-{Interlocked.Increment(ref _containers)}",
            options
        );
        await container.CreateAsync();
        foreach (var key in keys)
            await WriteAsync(container, key, Encoding.UTF8.GetBytes(key));
        return container;
    }

    internal static Task WriteAsync(BlobContainerClient container, string key, byte[] content) =>
        container.GetBlobClient(key).UploadAsync(new BinaryData(content), overwrite: true);

    /// <summary>A signature for a container.</summary>
    internal static string Sign(BlobContainerClient container, BlobContainerSasPermissions rights, DateTimeOffset end)
    {
        var builder = new BlobSasBuilder(rights, end)
        {
            BlobContainerName = container.Name,
            StartsOn = end.AddDays(-7),
        };
        var key = new StorageSharedKeyCredential(Emulator.AzureAccount, Emulator.AzureKey);
        return builder.ToSasQueryParameters(key).ToString();
    }
}
