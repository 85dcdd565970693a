using System.Net;
using Azure.Storage.Blobs;
using InferenceMeter.Images;
using InferenceMeter.Tests.Images.Archives;

namespace InferenceMeter.Tests.Images.Stores;

/// <summary>Many small objects: each is read once, and memory does not grow with their number.</summary>
[Collection(AloneCollection.Name)]
[Trait("Kind", "Slow")]
public sealed class TenThousandObjectsTests
{
    private const int Images = 10_000;
    private const int ImageBytes = 8_000;

    [EmulatorFact]
    public async Task Of_S3()
    {
        await using var emulator = await Emulator.StartS3Async();
        using var environment = new StoreEnvironment(
            ("AWS_ENDPOINT_URL", emulator.Address.AbsoluteUri),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "S3RVER"),
            ("AWS_SECRET_ACCESS_KEY", "S3RVER")
        );
        using var client = new HttpClient { BaseAddress = emulator.Address };
        await PutAsync("photos", []);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Images),
            async (i, _) => await PutAsync($"photos/{i}.jpg", Image(i))
        );

        await AssertEachOnceInFlatMemory("s3://photos");

        async Task PutAsync(string path, byte[] content)
        {
            using var body = new ByteArrayContent(content);
            using var answer = await client.PutAsync(new Uri(path, UriKind.Relative), body);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [EmulatorFact]
    public async Task Of_Azure()
    {
        await using var emulator = await Emulator.StartAzuriteAsync();
        using var environment = new StoreEnvironment(("AZURE_STORAGE_CONNECTION_STRING", emulator.AzureConnection));
        var container = new BlobContainerClient(emulator.AzureConnection, "photos");
        await container.CreateAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Images),
            async (i, stop) => await container.UploadBlobAsync($"{i}.jpg", new BinaryData(Image(i)), stop)
        );

        await AssertEachOnceInFlatMemory($"az://{Emulator.AzureAccount}/photos");
    }

    private static async Task AssertEachOnceInFlatMemory(string address)
    {
        using var source = await StoreSources.OpenAsync(address, options: new ReadingOptions());
        var names = new HashSet<string>(Images, StringComparer.Ordinal);
        var (early, late) = (0L, 0L);
        while (source.TryNext(out var image))
        {
            Assert.Equal((ImageFailure.None, ImageBytes), (image.Failure, image.Bytes.Length));
            Assert.True(names.Add(image.Name), image.Name);
            image.Release();
            if (names.Count == Images / 5)
                early = GC.GetTotalMemory(forceFullCollection: true);
            if (names.Count == Images * 9 / 10)
                late = GC.GetTotalMemory(forceFullCollection: true);
        }

        Assert.Equal(Images, names.Count);
        // The names that the test keeps, what the libraries pool, and some slack; the images are 56 MB.
        Assert.InRange(late - early, long.MinValue, 28_000_000);
    }

    private static byte[] Image(int number)
    {
        var image = new byte[ImageBytes];
        new Random(number).NextBytes(image);
        return image;
    }
}
